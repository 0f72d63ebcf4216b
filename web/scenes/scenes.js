// Pictures to turn, each loaded by a script of its own when it comes into sight: until then its still one is there.

const NEAR = "400px";

function mount(element) {
  const { scene, root } = element.dataset;
  const script = document.createElement("script");
  script.src = root + scene;
  script.onload = () => aeevalScene.mount(element, aeeval.data[scene]);
  document.head.append(script);
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries)
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        mount(entry.target);
      }
  },
  { rootMargin: NEAR },
);
for (const element of document.querySelectorAll("[data-scene]")) seen.observe(element);
