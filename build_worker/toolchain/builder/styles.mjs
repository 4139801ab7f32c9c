/**
 * Style sheets: only plugins of our own toolchain, with the options that the plan holds as data.
 *
 * @typedef {import('./config/types.mjs').Plan} Plan
 */

import autoprefixer from 'autoprefixer';
import browserslist from 'browserslist';
import postcssImport from 'postcss-import';
import postcssNested from 'postcss-nested';
import tailwindNesting from 'tailwindcss-3/nesting/index.js';

import { Declined } from './config/types.mjs';
import { forgetTailwind, tailwindThree } from './styles3.mjs';

const FOREIGN_QUERY = /\bextends\b|\bstats\b|\bconfig\b/i;

/**
 * The project's PostCSS plugins, in its order. Tailwind 4 is no part of them: see `styles4.mjs`.
 *
 * @param {Plan} plan
 * @param {ReadonlyMap<string, string>} texts the job's text files
 * @param {Clock} clock
 * @returns {import('postcss').AcceptedPlugin[]}
 * @throws {Declined}
 */
export function postcssPlugins(plan, texts, clock) {
  const plugins = plan.postcss.flatMap(({ name, options }) => plugin(name, options, plan, texts));
  return plugins.length > 0 ? [clock.begin, ...plugins, clock.end] : [];
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} options
 * @param {Plan} plan
 * @param {ReadonlyMap<string, string>} texts
 * @returns {any[]}
 */
function plugin(name, options, plan, texts) {
  switch (name) {
    case 'tailwindcss':
      if (plan.tailwind?.major !== 3) throw new Declined('PostCSS names tailwindcss, but there is no Tailwind 3');
      return tailwindThree(plan.tailwind, texts);
    case 'tailwindcss/nesting':
      return [tailwindNesting()];
    case '@tailwindcss/postcss':
      return [];
    case 'autoprefixer':
      return [autoprefixer({ ...options, overrideBrowserslist: browsers(plan.browsers) })];
    case 'postcss-import':
      return [postcssImport(options)];
    case 'postcss-nested':
      return [postcssNested(options)];
    default:
      throw new Declined(`the PostCSS plugin ${name} is not in the toolchain`);
  }
}

/**
 * Named always, so that nobody searches for a configuration, which may name a package to run.
 *
 * @param {string[] | null} queries
 * @returns {string[]}
 */
function browsers(queries) {
  const foreign = queries?.find((query) => FOREIGN_QUERY.test(query));
  if (foreign !== undefined) throw new Declined(`the browser query ${foreign} needs more than the query itself`);
  return queries ?? [...browserslist.defaults];
}

/** Forget what style tools keep between builds; they keep it by path, and every job has the same paths. */
export function forgetStyles() {
  forgetTailwind();
  browserslist.clearCaches();
}

/** Wall seconds during which at least one style sheet was being worked on. */
export class Clock {
  #working = 0;
  #since = 0;
  #total = 0;

  start() {
    if (this.#working++ === 0) this.#since = performance.now();
  }

  stop() {
    if (this.#working > 0 && --this.#working === 0) this.#total += performance.now() - this.#since;
  }

  get seconds() {
    return (this.#total + (this.#working > 0 ? performance.now() - this.#since : 0)) / 1000;
  }

  /** A PostCSS plugin before all others. */
  get begin() {
    return { postcssPlugin: 'webgen-reward-begin', Once: () => this.start() };
  }

  /** A PostCSS plugin after all others. */
  get end() {
    return { postcssPlugin: 'webgen-reward-end', OnceExit: () => this.stop() };
  }
}
