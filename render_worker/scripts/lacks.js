/**
 * Part of the guard: what fails here because nobody is there who gives leave, and because this browser has no place on
 * earth, no camera and no worker that outlives a page. The page's answer to that is a reaction to our refusal.
 *
 * @param {{mark: (reason: unknown) => void, react: () => void, fetch: Function}} refusals `react` begins what the page
 *   does in the promise jobs that follow, `fetch` is the browser's own; see `refusals.js`.
 * @returns {(value: unknown) => boolean} whether a value tells of such a lack by itself.
 */
export default function lacks(refusals) {
  "use strict";
  const scope = /** @type {any} */ (window);
  const { apply } = Reflect;
  const then = Promise.prototype.then;
  const Address = URL;
  /** @param {any} owner @param {string} name @returns {Function | undefined} */
  const getter = (owner, name) => owner && Object.getOwnPropertyDescriptor(owner.prototype, name)?.get;
  const nameOf = getter(DOMException, "name");
  const codeOf = getter(scope.GeolocationPositionError, "code");
  /** @param {Function | undefined} read @param {unknown} value @returns {unknown} */
  const natively = (read, value) => {
    try {
      return read && apply(read, value, []);
    } catch {
      return undefined;
    }
  };

  /** @param {unknown} value @returns {boolean} leave denied, or no position to be had. */
  const hasNoPlace = (value) => {
    const code = natively(codeOf, value);
    return code === 1 || code === 2;
  };
  /** @param {unknown} fail @returns {unknown} */
  const reacting = (fail) => {
    if (typeof fail !== "function") return fail;
    /** @param {unknown} problem */
    return (problem) => {
      if (hasNoPlace(problem)) refusals.react();
      apply(fail, undefined, [problem]);
    };
  };
  /** @param {"getCurrentPosition" | "watchPosition"} name */
  const locate = (name) => {
    const prototype = scope.Geolocation?.prototype;
    const real = prototype?.[name];
    if (typeof real !== "function") return;
    prototype[name] = /** @this {unknown} @param {unknown[]} values */ function (...values) {
      if (values.length > 1) values[1] = reacting(values[1]);
      return apply(real, this, values);
    };
  };
  locate("getCurrentPosition");
  locate("watchPosition");

  /** @param {unknown} reason */
  const onNoDevice = (reason) => {
    const name = natively(nameOf, reason);
    if (name !== "NotFoundError" && name !== "NotAllowedError") return;
    refusals.mark(reason);
    refusals.react();
  };
  /** @param {"getUserMedia" | "enumerateDevices"} name */
  const record = (name) => {
    const prototype = scope.MediaDevices?.prototype;
    const real = prototype?.[name];
    if (typeof real !== "function") return;
    prototype[name] = /** @this {unknown} @param {unknown[]} values */ function (...values) {
      const answer = apply(real, this, values);
      apply(then, answer, [undefined, onNoDevice]);
      return answer;
    };
  };
  record("getUserMedia");
  record("enumerateDevices");

  /** @returns {ServiceWorkerContainer | undefined} */
  const container = () => {
    try {
      return navigator.serviceWorker;
    } catch {
      // A frame of no origin has none.
      return undefined;
    }
  };
  // No service worker outlives a page here. Where its file is missing, registering fails as it does for visitors.
  const workers = container();
  if (workers) {
    /** @param {unknown} address @param {{scope?: string}} [wanted] */
    const register = async (address, wanted) => {
      const answer = await apply(refusals.fetch, scope, [address]);
      if (!answer.ok) throw new TypeError("Failed to register a ServiceWorker: its script cannot be fetched.");
      const nothing = { installing: null, waiting: null, active: null, onupdatefound: null };
      const place = new Address(wanted?.scope ?? "./", answer.url).href;
      return Object.assign(new EventTarget(), nothing, {
        scope: place,
        update: async () => {},
        unregister: async () => true,
      });
    };
    Object.defineProperty(workers, "register", { configurable: true, value: register });
  }

  return (value) => natively(nameOf, value) === "NotAllowedError" || hasNoPlace(value);
}
