/**
 * Waits in an isolated world until the page has come to rest, then puts finite animations at their end.
 *
 * @param {{quiet: number, motion: number, cap: number, media: number}} options milliseconds: `quiet` without a
 *   change of the document; `motion` after which changes of style alone no longer hold the page up; `media` for
 *   fonts and pictures; `cap` for everything.
 * @returns {Promise<"quiet" | "motion" | "cap">} what ended the wait.
 */
export default async function settle(options) {
  const start = performance.now();
  const passed = () => performance.now() - start;
  /** @param {number} milliseconds @returns {Promise<void>} */
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  /** @returns {Promise<void>} */
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve()));
  const loaded = new Promise((resolve) => {
    if (document.readyState === "complete") resolve(undefined);
    else window.addEventListener("load", resolve, { once: true });
  });

  let structure = start;
  let style = start;
  const observer = new MutationObserver((changes) => {
    style = performance.now();
    if (changes.some((change) => change.type !== "attributes" || change.attributeName !== "style")) structure = style;
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });

  await Promise.race([loaded, sleep(options.cap)]);
  const pictures = [...document.images].filter((image) => image.loading !== "lazy");
  const media = Promise.all([document.fonts.ready, ...pictures.map((image) => image.decode().catch(() => undefined))]);
  await Promise.race([media, sleep(Math.min(options.media, Math.max(0, options.cap - passed())))]);
  await Promise.race([frame().then(frame), sleep(options.media)]);

  /** @type {"quiet" | "motion" | "cap"} */
  let ended = "cap";
  while (passed() < options.cap) {
    const at = performance.now();
    if (at - style >= options.quiet) ended = "quiet";
    else if (at - structure >= options.quiet && passed() >= options.motion) ended = "motion";
    if (ended !== "cap") break;
    await sleep(25);
  }
  observer.disconnect();

  for (const animation of document.getAnimations()) {
    try {
      const end = animation.effect?.getComputedTiming().endTime;
      if (typeof end === "number" && Number.isFinite(end)) animation.finish();
      else animation.cancel();
    } catch {
      // An animation bound to scrolling cannot be finished; it stands where it stands.
    }
  }
  await Promise.race([frame().then(frame), sleep(options.media)]);
  return ended;
}
