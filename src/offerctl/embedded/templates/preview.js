"use strict";
(() => {
  const alike = ALIKE;
  const fold = (text) =>
    text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/./gu, (c) => alike[c] ?? c);
  const form = document.querySelector("form");
  if (!form) return;
  const status = document.querySelector("[role=status]");
  const other = document.querySelector("[hreflang]");
  const target = other.getAttribute("href");
  const cards = [...document.querySelectorAll("[data-found-by]")];
  const sections = [...document.querySelectorAll("main section")];
  const fields = ["q", "language"];
  const show = () => {
    const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
    const language = form.elements.language.value;
    let shown = 0;
    for (const card of cards) {
      const spoken = !language || card.dataset.language === language;
      card.hidden = !spoken || !words.every((word) => card.dataset.foundBy.includes(word));
      shown += card.hidden ? 0 : 1;
    }
    for (const section of sections) section.hidden = !section.querySelector("[data-found-by]:not([hidden])");
    const asked = new URLSearchParams();
    for (const name of fields) if (form.elements[name].value) asked.set(name, form.elements[name].value);
    other.href = target + (`${asked}` && `#${asked}`);
    status.textContent = `${asked}` && status.dataset.shown.replace("{shown}", shown);
    return asked;
  };
  const read = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const name of fields) form.elements[name].value = asked.get(name) ?? "";
    show();
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => history.replaceState(null, "", `#${show()}`));
  addEventListener("hashchange", read);
  form.hidden = false;
  read();
})();
