/**
 * Tailwind 3, with the project's configuration as data and the job's files handed to it as text: it searches nothing.
 *
 * @typedef {import('./config/types.mjs').TailwindThree} TailwindThree
 */

import picomatch from 'picomatch';
import tailwindcss from 'tailwindcss-3';
import loading from 'tailwindcss-3/lib/lib/load-config.js';
import state from 'tailwindcss-3/lib/lib/sharedState.js';

import { Declined } from './config/types.mjs';
import { TAILWIND_PLUGINS } from './tailwind_plugins.mjs';

const PROGRAMS = /^(?:config|plugin|source)$/i;

// A second wall behind `refusePrograms`: Tailwind runs the file that `@config` names.
loading.useCustomJiti(() => () => {
  throw new Declined('a style sheet names a configuration file');
});

/**
 * @param {TailwindThree} part
 * @param {ReadonlyMap<string, string>} texts the job's text files
 * @returns {any[]} PostCSS plugins
 */
export function tailwindThree(part, texts) {
  const config = { ...part.config, content: content(part.content, texts), plugins: part.plugins.map(plugin) };
  return [refusePrograms, tailwindcss(config)];
}

/** @param {{name: string, options?: Record<string, unknown>}} part @returns {any} */
function plugin({ name, options }) {
  const found = TAILWIND_PLUGINS.get(name);
  if (found === undefined) throw new Declined(`the Tailwind plugin ${name} is not in the toolchain`);
  return options === undefined ? found : found(options);
}

/**
 * @param {string[]} globs
 * @param {ReadonlyMap<string, string>} texts
 * @returns {{raw: string, extension: string}[]}
 */
function content(globs, texts) {
  const plain = globs.map((glob) => glob.replace(/^(!?)(?:\.\/)+/, '$1'));
  const wanted = picomatch(plain.filter((glob) => !glob.startsWith('!')));
  const unwanted = picomatch(plain.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1)));
  const chosen = [...texts].filter(([path]) => wanted(path) && !unwanted(path));
  return chosen.map(([path, raw]) => ({ raw, extension: path.slice(path.lastIndexOf('.') + 1) }));
}

/** @param {import('postcss').Root} root */
function refusePrograms(root) {
  root.walkAtRules(PROGRAMS, (rule) => {
    throw new Declined(`a style sheet says @${rule.name}`);
  });
}

/** Forget every context: Tailwind keeps them by style sheet path and by configuration. */
export function forgetTailwind() {
  for (const kept of [state.contextMap, state.configContextMap, state.contextSourcesMap, state.sourceHashMap]) {
    kept.clear();
  }
}
