"""MAML as users of other libraries write it, one file for each way; none of them is needed to install the project."""
