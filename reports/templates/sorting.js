// Sorts the references of a table by a column. Without this script, they are in their first order, worst first.
(() => {
  const compared = (first, second) => (typeof first === "number" ? first - second : first.localeCompare(second));

  // Returns a number where the cell has one, its text where the column is sorted by text, and null for an empty cell.
  const key = (body, column) => {
    const cell = body.rows[0].cells[column];
    if (!("sort" in cell.dataset)) return cell.textContent.trim().toLowerCase();
    return cell.dataset.sort === "" ? null : Number(cell.dataset.sort);
  };

  const sorted = (bodies, column, direction) => {
    const keys = new Map(bodies.map((body) => [body, key(body, column)]));
    const missing = (body) => Number(keys.get(body) === null);
    return [...bodies].sort(
      (first, second) =>
        missing(first) - missing(second) ||
        (missing(first) ? 0 : direction * compared(keys.get(first), keys.get(second))),
    );
  };

  // A button sorts upwards, then downwards, then restores the first order.
  const next = { none: "ascending", ascending: "descending", descending: "none" };

  for (const table of document.querySelectorAll("table.references")) {
    const bodies = [...table.tBodies];
    const heads = [...table.tHead.rows[0].cells];
    for (const [column, head] of heads.entries()) {
      if (!("sortable" in head.dataset)) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const order = next[head.getAttribute("aria-sort")];
        for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", order);
        const direction = order === "descending" ? -1 : 1;
        table.append(...(order === "none" ? bodies : sorted(bodies, column, direction)));
      });
    }
    table.classList.add("with-sorting");
  }
})();
