import {copyFileSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {rolldown} from 'rolldown';
import ts from 'typescript';

// Builds the published form: one module without JSX, its types and its styles.

const source = join(import.meta.dirname, 'src');
const target = join(import.meta.dirname, 'dist');
const entry = join(source, 'react.ts');

async function bundle(): Promise<void> {
  // The package uses the page's own React and client, and never bundles copies of them.
  const build = await rolldown({input: entry, external: [/^react($|\/)/, '@madang/client']});
  await build.write({file: join(target, 'react.js'), format: 'esm'});
  await build.close();
}

function declare(): void {
  const options = {
    ...compilerOptions(),
    declaration: true,
    emitDeclarationOnly: true,
    noEmit: false,
    outDir: target,
  };
  const program = ts.createProgram([entry], options);
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, formatHost));
  for (const file of program.getSourceFiles()) {
    if (!file.fileName.startsWith(source)) continue;
    program.emit(file, (path, text) => writeFileSync(join(target, basename(path)), withJsSpecifiers(text)));
  }
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(import.meta.dirname, 'tsconfig.json');
  const {config} = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  const {options} = ts.parseJsonConfigFileContent(config, ts.sys, import.meta.dirname);
  return {...options, incremental: false, tsBuildInfoFile: undefined};
}

const withJsSpecifiers = (text: string) =>
  text.replaceAll(/(from|import\()\s*(['"])(\.\/[\w-]+)\.tsx?\2/g, "$1 '$3.js'");

const formatHost: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => import.meta.dirname,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

rmSync(target, {recursive: true, force: true});
mkdirSync(target);
await bundle();
declare();
copyFileSync(join(source, 'chat.css'), join(target, 'chat.css'));
