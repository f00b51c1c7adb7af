// @ts-check
/**
 * The service worker, the notice of a new version and the invitation to install. A new version takes over only when the
 * person says so, after what is typed has been saved.
 */
const words = document.querySelector("[data-newer]");
let reloading = false;

async function register() {
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  if (registration.waiting && navigator.serviceWorker.controller) offer(registration);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh?.addEventListener("statechange", () => {
      if (fresh.state === "installed" && navigator.serviceWorker.controller) offer(registration);
    });
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) registration.update().catch(() => {}); });
  language(registration);
}

/** @param {ServiceWorkerRegistration} registration */
function offer(registration) {
  if (!(words instanceof HTMLElement)) return;
  words.hidden = false;
  words.querySelector("button")?.addEventListener("click", async () => {
    /** @type {Promise<any>[]} */ const saving = [];
    document.dispatchEvent(new CustomEvent("tb:before-reload", { detail: saving }));
    await Promise.allSettled(saving);
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (reloading) return;
      reloading = true;
      location.reload();
    });
    registration.waiting?.postMessage("take-over");
  }, { once: true });
}

/** The pages that open without a network are kept in the person's language. @param {ServiceWorkerRegistration} registration */
function language(registration) {
  const lang = document.documentElement.lang;
  if (localStorage.getItem("tongban:lang") === lang) return;
  localStorage.setItem("tongban:lang", lang);
  registration.active?.postMessage("language");
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-install]"))) {
    place.hidden = false;
    place.querySelector("button")?.addEventListener("click", async () => {
      place.hidden = true;
      await /** @type {any} */ (event).prompt();
    }, { once: true });
  }
});

register().catch(() => {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-no-worker]"))) place.hidden = false;
});
