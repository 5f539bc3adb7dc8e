// Filters the references. The address holds the state of the filters: #verdict=below&group=ID&text=WORDS
"use strict";
(() => {
  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("[data-reference]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const footnotes = (row) => [...row.querySelectorAll("sup a")].map((link) => link.getAttribute("href").slice(1));
  const searched = (row) => [row, ...footnotes(row).map((id) => document.getElementById(id))];
  const textOf = (row) => searched(row).map((element) => element.textContent.toLowerCase()).join(" ");
  const texts = new Map(rows.map((row) => [row, textOf(row)]));

  const matches = (row, { verdict, group, text }) =>
    (!verdict || row.dataset.verdict === verdict) &&
    (!group || row.closest("[data-group]").dataset.group === group) &&
    text.toLowerCase().split(/\s+/).every((word) => texts.get(row).includes(word));

  const state = () => Object.fromEntries(new FormData(form));

  const show = () => {
    const filters = state();
    for (const row of rows) row.hidden = !matches(row, filters);
    for (const group of groups) group.hidden = !group.querySelector("[data-reference]:not([hidden])");
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").value = `${shown} of ${rows.length} references shown`;
  };

  const updateAddress = () => {
    const address = new URLSearchParams(Object.entries(state()).filter(([, value]) => value));
    history.replaceState(null, "", address.size ? `#${address}` : location.pathname + location.search);
    show();
  };

  const applyAddress = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    const fields = [...form.querySelectorAll("[name]")];
    if (!location.hash || fields.some((field) => address.has(field.name))) {
      for (const field of fields) field.value = address.get(field.name) ?? "";
      show();
      if (location.hash) document.getElementById("references").scrollIntoView();
      return;
    }
    // A link to a hidden row clears the filters.
    const target = document.querySelector(":target");
    if (!target?.closest("[hidden]")) return show();
    for (const field of fields) field.value = "";
    show();
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
