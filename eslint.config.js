// @ts-check
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which folders of src a folder may import from (design: imports go one way). */
const layers = {
  'src/config': ['pipeline', 'journal', 'state', 'cli', 'bridge', 'main'],
  'src/telemetry': ['pipeline', 'journal', 'senders', 'state', 'cli', 'bridge', 'main', 'transform'],
  'src/state': ['pipeline', 'journal', 'senders', 'cli', 'bridge', 'main', 'transform'],
  'src/journal': ['pipeline', 'senders', 'state', 'cli', 'bridge', 'main', 'transform'],
  'src/transform': ['pipeline', 'senders', 'state', 'cli', 'bridge', 'main', 'telemetry'],
  'src/pipeline': ['cli', 'bridge', 'main'],
};

/** A sender knows its contract, the shared transport files, the errors and its client library. */
const senderMayNotImport = ['pipeline', 'journal', 'state', 'cli', 'transform', 'telemetry', 'bridge', 'main'];

const forbid = (names) => ({
  patterns: names.flatMap((name) => [
    { group: [`**/${name}/**`, `**/${name}.ts`], message: 'imports go one way, see docs/architecture.md' },
  ]),
});

export default tseslint.config(
  { ignores: ['docs/examples/', 'dist', 'node_modules', 'bench/results', '.cache', '.sample', 'test/fixtures'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-properties': ['error', { object: 'process', property: 'exit', message: 'only src/main.ts exits' }],
      'no-restricted-syntax': ['error', { selector: 'TSEnumDeclaration, TSModuleDeclaration', message: 'no enums' }],
      eqeqeq: 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  ...Object.entries(layers).map(([folder, names]) => ({
    files: [`${folder}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', forbid(names)] },
  })),
  {
    files: ['src/senders/*/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', forbid(senderMayNotImport)] },
  },
  { files: ['src/main.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['**/*.test.ts', 'test/**/*.ts', 'bench/**/*.ts', 'tools/**/*.ts'],
    rules: {
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
    },
  },
  {
    files: ['eslint.config.js'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-exports': 'off' },
  },
);
