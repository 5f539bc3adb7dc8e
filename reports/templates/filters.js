// Filters the references and opens what a link points to. The address holds the filters: #verdict=below&group=ID&text=WORDS
"use strict";
(() => {
  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("[data-reference]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const footnotes = (row) => [...row.querySelectorAll("sup a")].map((link) => link.getAttribute("href").slice(1));
  const searched = (row) => [row, ...footnotes(row).map((id) => document.getElementById(id))];
  const textOf = (row) => searched(row).map((element) => element.textContent.toLowerCase()).join(" ");
  // The texts are read when they are first searched, so that the page appears at once.
  const texts = new Map();
  const text = (row) => texts.get(row) ?? texts.set(row, textOf(row)).get(row);

  const matches = (row, { verdict, group, text: words }) =>
    (!verdict || row.dataset.verdict === verdict) &&
    (!group || row.closest("[data-group]").dataset.group === group) &&
    (!words || words.toLowerCase().split(/\s+/).every((word) => text(row).includes(word)));

  const state = () => Object.fromEntries(new FormData(form));
  const filtered = (filters) => Object.values(filters).some((value) => value);

  const show = (wasFiltered) => {
    const filters = state();
    for (const row of rows) row.hidden = !matches(row, filters);
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-reference]:not([hidden])");
      if (filtered(filters)) group.open = true;
      else if (wasFiltered) group.open = false;
    }
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").value = `${shown} of ${rows.length} references shown`;
    form.querySelector(".nothing").hidden = shown > 0;
  };

  const updateAddress = () => {
    const address = new URLSearchParams(Object.entries(state()).filter(([, value]) => value));
    history.replaceState(null, "", address.size ? `#${address}` : location.pathname + location.search);
    show(true);
  };

  const open = (element) => {
    for (let part = element; part; part = part.parentElement) if (part.localName === "details") part.open = true;
  };

  const applyAddress = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    const fields = [...form.querySelectorAll("[name]")];
    if (!location.hash || fields.some((field) => address.has(field.name))) {
      for (const field of fields) field.value = address.get(field.name) ?? "";
      show(false);
      if (location.hash) document.getElementById("references").scrollIntoView();
      return;
    }
    // A link to a hidden row clears the filters, and a link into something folded opens it.
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("[hidden]")) {
      for (const field of fields) field.value = "";
    }
    show(false);
    if (!target) return;
    open(target);
    target.scrollIntoView();
  };

  // Pages from an insecure address have no clipboard; there, a click on a command still selects it.
  for (const command of navigator.clipboard ? document.querySelectorAll(".command") : []) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
    });
    command.append(button);
  }

  form.addEventListener("input", updateAddress);
  form.addEventListener("reset", () => setTimeout(updateAddress));
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", applyAddress);
  form.hidden = false;
  applyAddress();
})();
