/** The Tailwind plugins that the toolchain brings; one copy serves both majors. */

import aspectRatio from '@tailwindcss/aspect-ratio';
import containerQueries from '@tailwindcss/container-queries';
import forms from '@tailwindcss/forms';
import typography from '@tailwindcss/typography';
import animate from 'tailwindcss-animate';

/** @type {[string, any][]} */
const PLUGINS = [
  ['@tailwindcss/aspect-ratio', aspectRatio],
  ['@tailwindcss/container-queries', containerQueries],
  ['@tailwindcss/forms', forms],
  ['@tailwindcss/typography', typography],
  ['tailwindcss-animate', animate],
];

/** @type {ReadonlyMap<string, any>} */
export const TAILWIND_PLUGINS = new Map(PLUGINS);
