import { createRequire } from 'node:module';

import { readContent } from './content.mjs';
import { Host } from './host.mjs';
import { dropped, IGNORED, oneOf, readKeys, text, texts } from './keys.mjs';
import { readScript } from './scripts.mjs';
import { decline } from './types.mjs';
import { Called, isRecord, literal, Named, plain } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./types.mjs').TailwindPart} TailwindPart */
/** @typedef {import('./types.mjs').TailwindThree} TailwindThree */
/** @typedef {import('./types.mjs').PostcssPlugin} PostcssPlugin */

const load = createRequire(import.meta.url);

/** In Tailwind's own order. */
const FILES = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'].map((extension) => `tailwind.config.${extension}`);

const PLUGINS = [
  '@tailwindcss/forms',
  '@tailwindcss/typography',
  '@tailwindcss/aspect-ratio',
  '@tailwindcss/container-queries',
  'tailwindcss-animate',
];

/**
 * @param {Project} project
 * @param {boolean} inVite whether `@tailwindcss/vite` is configured
 * @param {readonly PostcssPlugin[]} postcss
 * @param {import('./sheets.mjs').Sheets} sheets
 * @param {{nodes: number}} budget
 * @returns {TailwindPart | null}
 */
export function readTailwind(project, inVite, postcss, sheets, budget) {
  const three = postcss.find(({ name }) => name === 'tailwindcss');
  const inPostcss = postcss.some(({ name }) => name === '@tailwindcss/postcss');
  if ([three !== undefined, inPostcss, inVite].filter(Boolean).length > 1) decline('Tailwind is configured twice');
  if (postcss.some(({ name }) => name === 'tailwindcss/nesting') && !three) decline('tailwindcss/nesting without Tailwind 3');
  if (three) return tailwindThree(project, three, sheets, budget);
  if (inPostcss || inVite) return tailwindFour(project, inVite ? 'vite' : 'postcss', sheets);
  return sheets.tailwind === undefined ? null : decline(`${sheets.tailwind}: uses Tailwind, which is not configured`);
}

/** @param {Project} project @param {'vite' | 'postcss'} through @param {import('./sheets.mjs').Sheets} sheets @returns {TailwindPart} */
function tailwindFour(project, through, sheets) {
  sameEngine(project, `@tailwindcss/${through}`, 4, 'tailwindcss/package.json');
  if (project.declares('tailwindcss')) sameEngine(project, 'tailwindcss', 4, 'tailwindcss/package.json');
  for (const name of sheets.plugins) {
    if (!PLUGINS.includes(name)) decline(`@plugin "${name}" is not known here`);
    if (!project.declares(name)) decline(`@plugin "${name}" is not declared`);
  }
  return { major: 4, through, plugins: sheets.plugins };
}

/**
 * @param {Project} project
 * @param {PostcssPlugin} wired
 * @param {import('./sheets.mjs').Sheets} sheets
 * @param {{nodes: number}} budget
 * @returns {TailwindThree}
 */
function tailwindThree(project, wired, sheets, budget) {
  sameEngine(project, 'tailwindcss', 3, 'tailwindcss-3/package.json');
  if (sheets.plugins.length > 0) decline('@plugin with Tailwind 3');
  const { config: named, ...others } = wired.options;
  if (Object.keys(others).length > 0 || !['string', 'undefined'].includes(typeof named)) decline('tailwindcss with options');
  const file = named === undefined ? project.first(FILES) : project.inside(String(named), 'tailwindcss').slice(project.root.length + 1);
  if (file === undefined) return { major: 3, config: {}, content: [], plugins: [] };
  const source = project.files.get(file) ?? decline(`${file}: is not a file of the project`);
  return configuration(project, file, readScript(new Host(file, project, 'tailwind'), source, budget, []).value);
}

/** @param {Project} project @param {string} file @param {unknown} value @returns {TailwindThree} */
function configuration(project, file, value) {
  const read = readKeys(
    {
      content: (content, where) => readContent(project, file, content, where),
      plugins: (plugins, where) => readPlugins(plugins, where),
      presets: (presets, where) => (Array.isArray(presets) && presets.length === 0 ? IGNORED : decline(`${where}: presets`)),
      darkMode: literal,
      theme: literal,
      important: literal,
      prefix: text,
      separator: text,
      corePlugins: literal,
      blocklist: texts,
      safelist,
      future: literal,
      experimental: dropped,
      variants: dropped,
      mode: oneOf('jit'),
    },
    value,
    file,
  );
  const { content = [], plugins = [], ...config } = read;
  return { major: 3, config, content, plugins };
}

/** @type {import('./keys.mjs').KeyReader} */
const safelist = (value, where) => {
  if (!Array.isArray(value)) decline(`${where}: not an array`);
  return value.map((item) => {
    if (typeof item === 'string') return item;
    const entry = plain(item, where);
    const isPattern = isRecord(item) && entry.pattern instanceof RegExp;
    return isPattern ? entry : decline(`${where}: neither a class nor a pattern`);
  });
};

/** @param {unknown} value @param {string} where @returns {import('./types.mjs').TailwindPlugin[]} */
function readPlugins(value, where) {
  if (!Array.isArray(value)) decline(`${where}: not an array`);
  return value.filter(Boolean).map((item) => {
    if (!(item instanceof Named) || !PLUGINS.includes(item.name)) decline(`${where}: a plugin that is not known here`);
    const [options, ...rest] = item instanceof Called ? item.parameters : [];
    if (rest.length > 0) decline(`${where}: ${item.name} with more than options`);
    const name = /** @type {import('./types.mjs').TailwindPlugin['name']} */ (item.name);
    return { name, options: item instanceof Called ? (literal(options, where) ?? {}) : undefined };
  });
}

/**
 * Another minor has other utilities: the declared range must be one that our version satisfies.
 *
 * @param {Project} project
 * @param {string} name
 * @param {number} major
 * @param {string} own
 */
function sameEngine(project, name, major, own) {
  const range = project.ranges.get(name) ?? decline(`${name} is not declared`);
  if (major === 4 && range === 'latest') return;
  if (project.major(name) !== major) decline(`${name} ${range} where Tailwind ${major} is configured`);
  const [, minor] = /^~?v?\d+\.(\d+)/.exec(range) ?? [];
  const ours = String(load(own).version).split('.')[1];
  if (minor !== undefined && minor !== ours) decline(`${name} ${range} is another minor than ${load(own).version}`);
}
