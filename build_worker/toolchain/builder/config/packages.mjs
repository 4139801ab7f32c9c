/** Packages whose default export is called to make a plugin. */
export const MAKERS = new Set([
  '@vitejs/plugin-react',
  '@vitejs/plugin-react-swc',
  '@tailwindcss/vite',
  'vite-tsconfig-paths',
  '@tailwindcss/postcss',
  '@tailwindcss/forms',
  '@tailwindcss/typography',
  '@tailwindcss/aspect-ratio',
  '@tailwindcss/container-queries',
  'tailwindcss-animate',
  'tailwindcss',
  'tailwindcss/nesting',
  'autoprefixer',
  'postcss-import',
  'postcss-nested',
]);
