/**
 * Tailwind 4, through its core: style sheets are found by us, programs are refused, and class names are taken from the
 * job's files as text. After `@tailwindcss/vite` and `@tailwindcss/node` 4.3.
 *
 * @typedef {import('./config/types.mjs').TailwindFour} TailwindFour
 * @typedef {import('./styles.mjs').Clock} Clock
 */

import { dirname, relative } from 'node:path';

import { Scanner } from '@tailwindcss/oxide';
import { Features as LightningFeatures, transform } from 'lightningcss';
import { compile } from 'tailwindcss';

import { Declined } from './config/types.mjs';
import { findSheet } from './sheets.mjs';
import { TAILWIND_PLUGINS } from './tailwind_plugins.mjs';

const SHEET = /\.css(?:$|\?)|&lang\.css/;
const SPECIAL = /[?&](?:worker|sharedworker|raw|url|commonjs-proxy)\b/;
const RULES = 'import|apply|theme|tailwind|utility|variant|custom-variant|source|plugin|config|reference';
const SPEAKS_TAILWIND = new RegExp(String.raw`@(?:${RULES})\b|\btheme\(|--(?:theme|spacing|alpha)\(`);
/** Features of a sheet that make it Tailwind's: `@apply`, plugins, `theme()`, utilities. */
const OURS = 1 | 4 | 8 | 16;
/** Of what Tailwind's own scanner leaves out, what a job can hold as text. */
const NOT_SCANNED = new RegExp(
  String.raw`(?:^|\/)(?:package-lock\.json|pnpm-lock\.yaml|bun\.lockb?|\.gitignore|\.env[^/]*)$` +
    String.raw`|\.(?:css|s[ac]ss|less|styl|lock|map)$`,
  'i',
);

/**
 * @param {TailwindFour} part
 * @param {{root: string, modules: string, texts: ReadonlyMap<string, string>, clock: Clock}} job
 * @returns {import('vite').Plugin}
 */
export function tailwindFour(part, job) {
  /** @type {string[] | undefined} */
  let candidates;
  return {
    name: 'webgen-reward:tailwind-4',
    enforce: 'pre',
    transform: {
      filter: { id: { include: SHEET, exclude: SPECIAL }, code: SPEAKS_TAILWIND },
      async handler(code, id) {
        job.clock.start();
        try {
          const sheet = await compiled(code, dirname(id.replace(/\?.*$/s, '')), part, job);
          if (sheet === null) return null;
          candidates ??= scanned(job.texts);
          return { code: lowered(sheet.build(candidates), id), map: { mappings: '' } };
        } finally {
          job.clock.stop();
        }
      },
    },
  };
}

/**
 * @param {string} code
 * @param {string} base
 * @param {TailwindFour} part
 * @param {{root: string, modules: string}} job
 */
async function compiled(code, base, part, { root, modules }) {
  const sheet = await compile(code, {
    base,
    loadStylesheet: async (id, from) => {
      const found = findSheet(id, from, { root, modules });
      return { ...found, content: rebased(found.content, found.base, base) };
    },
    loadModule: (id, from, hint) => loadModule(id, from, hint, part),
  });
  if ((sheet.features & OURS) === 0) return null;
  if (sheet.sources.length > 0 || (sheet.root !== null && sheet.root !== 'none')) {
    throw new Declined('a style sheet says where its sources are');
  }
  return sheet;
}

/**
 * @param {string} id
 * @param {string} base
 * @param {string} hint
 * @param {TailwindFour} part
 */
async function loadModule(id, base, hint, part) {
  const module = part.plugins.includes(id) ? TAILWIND_PLUGINS.get(id) : undefined;
  if (hint !== 'plugin' || module === undefined) throw new Declined(`a style sheet says @${hint} "${id}"`);
  return { path: id, base, module };
}

/**
 * Relative addresses of an imported sheet, as seen from the sheet that it is imported into.
 *
 * @param {string} css
 * @param {string} from folder of the imported sheet
 * @param {string} to
 * @returns {string}
 */
function rebased(css, from, to) {
  if (from === to || !css.includes('url(')) return css;
  return css.replaceAll(/url\(\s*(["']?)(\.\.?\/[^"')]+)\1\s*\)/g, (_, quote, path) => {
    const moved = relative(to, `${from}/${path}`);
    return `url(${quote}${moved.startsWith('.') ? moved : `./${moved}`}${quote})`;
  });
}

/** @param {ReadonlyMap<string, string>} texts @returns {string[]} class names that may occur */
function scanned(texts) {
  const contents = [...texts].filter(([path]) => !NOT_SCANNED.test(path));
  const input = contents.map(([path, content]) => ({ content, extension: path.slice(path.lastIndexOf('.') + 1) }));
  return new Scanner({}).scanFiles(input);
}

/**
 * Nesting and media ranges for browsers, as Tailwind's own plugins do it.
 *
 * @param {string} css
 * @param {string} filename
 * @returns {string}
 */
function lowered(css, filename) {
  const options = {
    filename,
    code: Buffer.from(css),
    minify: false,
    drafts: { customMedia: true },
    nonStandard: { deepSelectorCombinator: true },
    include: LightningFeatures.Nesting | LightningFeatures.MediaQueries,
    exclude: LightningFeatures.LogicalProperties | LightningFeatures.DirSelector | LightningFeatures.LightDark,
    targets: { safari: (16 << 16) | (4 << 8), ios_saf: (16 << 16) | (4 << 8), firefox: 128 << 16, chrome: 111 << 16 },
    errorRecovery: true,
  };
  return transform(options).code.toString();
}
