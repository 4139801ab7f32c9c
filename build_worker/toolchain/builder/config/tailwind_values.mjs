import { createRequire } from 'node:module';

import { Named } from './values.mjs';

const load = createRequire(import.meta.url);

/** @returns {Record<string, unknown>} `tailwindcss/defaultTheme` of the toolchain's Tailwind 3 */
export const defaultTheme = once(() => known(load('tailwindcss-3/defaultTheme')));

/** @returns {Record<string, unknown>} `tailwindcss/colors` of the toolchain's Tailwind 3, without the deprecated names */
export const colors = once(() => known(load('tailwindcss-3/colors')));

/**
 * @template T
 * @param {() => T} make
 * @returns {() => T}
 */
function once(make) {
  /** @type {{made: T} | undefined} */
  let kept;
  return () => (kept ??= { made: make() }).made;
}

/**
 * @param {any} value of our own toolchain
 * @returns {any} as the evaluator's values; a function is a name that nothing accepts
 */
function known(value) {
  if (typeof value === 'function') return new Named("a function of Tailwind's default theme");
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([, own]) => 'value' in own);
  return Object.assign(Object.create(null), Object.fromEntries(entries.map(([key, own]) => [key, known(own.value)])));
}
