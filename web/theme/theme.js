// Light, dark or as the system: the choice is kept where the browser lets a page from disk keep something.
(() => {
  const NAMES = { auto: "as the system", light: "light", dark: "dark" };
  const order = Object.keys(NAMES);
  const recall = () => {
    try {
      return localStorage.getItem("aeeval-theme");
    } catch {
      return null;
    }
  };
  const keep = (theme) => {
    try {
      localStorage.setItem("aeeval-theme", theme);
    } catch {
      /* then it lasts as long as the page */
    }
  };
  const show = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  let theme = order.includes(recall()) ? recall() : "auto";
  show(theme);
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const name = () => (button.querySelector("span").textContent = NAMES[theme]);
    name();
    button.addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      show(theme);
      keep(theme);
      name();
    });
  });
})();
