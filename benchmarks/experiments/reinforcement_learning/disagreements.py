"""Where the paper's text and the authors' code differ on reinforcement learning.

The file names of the released checkpoints say which settings were used for the figures.
"""

from benchmarks.declaring.disagreement import Disagreement, Side
from benchmarks.experiments.reinforcement_learning.declarations import of
from benchmarks.experiments.reinforcement_learning.domains import NAVIGATION
from benchmarks.experiments.reinforcement_learning.methods import metric

DISAGREEMENTS = (
    Disagreement(
        topic="Reward of 2D navigation",
        text="The negative squared distance to the goal.",
        code="The negative distance.",
        source="§5.3; cbfinn/maml_rl: point_env_randgoal.py",
        conclusion="The printed returns fit the code: standing still would give about -17 with the square and -38 "
        "without it, and Table 4 prints -40.41 before adaptation.",
    ),
    Disagreement(
        topic="End of an episode in 2D navigation",
        text="Within 0.01 of the goal.",
        code="Within 0.01 of the goal in each coordinate: a square, not a circle.",
        source="§5.3; cbfinn/maml_rl: point_env_randgoal.py",
        conclusion="The square of the code is slightly larger.",
    ),
    Disagreement(
        topic="Inner learning rate of 2D navigation",
        text="0.1 in all experiments of reinforcement learning.",
        code="0.5, in the script and in the name of the checkpoint of Figure 4.",
        source="Appendix A.2; cbfinn/maml_rl: maml_trpo_point.py, test_maml_point.py",
        conclusion="The published numbers come from 0.5.",
    ),
    Disagreement(
        topic="Learning rates at meta-test",
        text="0.1 in the first step, then 0.05.",
        code="Half the rate after the first step, which is 0.25 in 2D navigation. In the forward and backward task of "
        "the ant, a hundredth of it: 0.001. The script of February 2017, from which the curves of its baselines come, "
        "has half of it there, too.",
        source="Appendix A.2; cbfinn/maml_rl: test_maml_ant_direc.py, and test_vpg_ant_direc.py at 7fe27d7",
        conclusion="After the first step, MAML's curve of the ant hardly changes because the rate is so small. The "
        "curves of the baselines do change.",
    ),
    Disagreement(
        topic="Runs behind the baselines of both forward and backward tasks",
        text="Returns are averaged over test goals.",
        code="The released returns after pretraining and from a random initialisation are two numbers each, one for "
        "each direction, repeated for 40 goals: the script of February 2017 ran all of them with the seed 1.",
        source="cbfinn/maml_rl: icml/icml_cheetahdirec_results_*.pkl, icml/icml_antdirec_results_*.pkl, and "
        "test_vpg_cheetah_direc.py at 7fe27d7",
        conclusion="The bands of these four curves show how the directions differ, and not how far another run falls. "
        "The uncertainty of ours for two tasks takes their place.",
    ),
    Disagreement(
        topic="Goals of pretraining in locomotion",
        text="One policy is trained on all tasks.",
        code="On the first 100 goals that are drawn: each of 100 copies of the environment keeps its goal. For both "
        "forward and backward tasks, 43 % of the directions were backward in February 2017.",
        source="§5.3; cbfinn/maml_rl at 7fe27d7: half_cheetah_env_rand_direc.py, vectorized_sampler.py",
        conclusion="The policy cannot see its goal, so it learns what is best on average over these goals. With more "
        "of them forward than backward, that is to run forward. The returns that the authors released show it: before "
        "adaptation, their pretrained half-cheetah does better where it should run forward.",
    ),
    Disagreement(
        topic="Iterations of pretraining and oracle",
        text="Not given.",
        code="The policies that were pretrained for both forward and backward tasks are from February 2017, and so is "
        "the oracle of the half-cheetah. They are the last ones of 500 iterations, or of 1,000 for the ant. The "
        "scripts of July 2017 train for 1,000 and 2,000.",
        source="cbfinn/maml_rl at 7fe27d7: cluster_trpo_cheetah.py, cluster_trpo_ant.py, test_vpg_cheetah_direc.py, "
        "test_vpg_ant_direc.py",
        conclusion="The released returns were not computed again after February, so the numbers of February count.",
    ),
    Disagreement(
        topic="Products with the Hessian in the meta-update",
        text="Finite differences.",
        code="Symmetric differences over a distance of 1 in the parameters, divided by their norm. The class has a "
        "size of 1e-8, but receives another setting in its place.",
        source="§5.3; cbfinn/maml_rl: conjugate_gradient_optimizer.py, maml_npo.py",
        conclusion="The code reading has the authors' differences, with which oracles learn faster. The goal "
        "velocities were measured with exact products, before this was known.",
        sides=(
            Side(label="differences", experiment=of(NAVIGATION, "oracle"), metric=metric(0)),
            Side(label="exact products", experiment=of(NAVIGATION, "oracle-exact-products"), metric=metric(0)),
        ),
    ),
    Disagreement(
        topic="Rollouts per inner update",
        text="20, or 40 for the forward and backward task of the ant.",
        code="10 for the goal velocity of the half-cheetah, in the name of the checkpoint.",
        source="Appendix A.2; cbfinn/maml_rl: test_maml_cheetah.py",
        conclusion="The published curve comes from 10 rollouts.",
    ),
    Disagreement(
        topic="Meta-batch of 2D navigation",
        text="20 tasks.",
        code="40 tasks in the script, 20 in the name of the checkpoint.",
        source="Appendix A.2; cbfinn/maml_rl: maml_trpo_point.py",
        conclusion="The checkpoint agrees with the text.",
    ),
    Disagreement(
        topic="Number of meta-iterations",
        text="Up to 500, and the best policy in meta-training is kept.",
        code="100 for 2D navigation and 800 for locomotion. The checkpoints are from iterations 475, 100, 375 and 575.",
        source="Appendix A.2; cbfinn/maml_rl: maml_examples",
        conclusion="The ant of the forward and backward task was trained for longer than the text says.",
    ),
    Disagreement(
        topic="Size of the meta-update",
        text="Trust-region policy optimisation; the bound is not given.",
        code="A mean KL divergence of at most 0.01, and 0.02 in the checkpoint of the forward and backward task of the "
        "half-cheetah.",
        source="§5.3; cbfinn/maml_rl: maml_npo.py",
        conclusion="0.01, except where the checkpoint says 0.02.",
    ),
    Disagreement(
        topic="Learning rates of fine-tuning the baselines",
        text="Tuned by hand for each domain; the values are not given.",
        code="0.5 in 2D navigation; for locomotion between 0.02 and 0.2 after pretraining, and 0.1 to 1.0 from a "
        "random initialisation.",
        source="§5.3; cbfinn/maml_rl: test_maml_*.py",
        conclusion="Only the code has the values.",
    ),
    Disagreement(
        topic="Network of the random baseline",
        text="ReLU activations.",
        code="Hyperbolic tangents in 2D navigation, the default of the program.",
        source="§5.3; cbfinn/maml_rl: test_maml_point.py",
        conclusion="The drawn curve of the random baseline comes from another network than the text says.",
    ),
    Disagreement(
        topic="Pretraining in 2D navigation",
        text="One policy is trained on all tasks, as in the other domains.",
        code="Adam on the objective before the update, not trust-region policy optimisation.",
        source="§5.3; cbfinn/maml_rl: maml_npo.py",
        conclusion="The two baselines of Figures 4 and 5 were trained by different methods.",
    ),
    Disagreement(
        topic="Bonus of the ant",
        text="A positive bonus, without its size.",
        code="1.0 per step with a goal velocity, and 0.05 per step for survival.",
        source="Appendix A.2; cbfinn/maml_rl: ant_env_rand.py",
        conclusion="The returns of Figure 5 include it, so its size matters.",
    ),
    Disagreement(
        topic="Meaning of the bands in Figures 4 and 5",
        text="Not given.",
        code="68 % bootstrap intervals over 40 tasks of one training seed.",
        source="cbfinn/maml_rl: icml/make_point_plots.py",
        conclusion="The bands are about half as wide as 95 % intervals.",
    ),
)
