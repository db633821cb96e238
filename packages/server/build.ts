import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import ts from 'typescript';
import {buildDev} from './build-dev.ts';

// Builds the published form, because Node refuses TypeScript under node_modules. The sources import only each other and two
// files of the protocol, which are included, so compiling file by file is enough.

const source = join(import.meta.dirname, 'src');
const target = join(import.meta.dirname, 'dist');

const basePath = join(import.meta.dirname, '../../tsconfig.base.json');
const options: ts.CompilerOptions = {
  ...ts.readConfigFile(basePath, (name) => ts.sys.readFile(name)).config.compilerOptions,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: false,
  declaration: true,
  outDir: target,
};
const formatHost: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => import.meta.dirname,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};
const withJsSpecifiers = (text: string) =>
  text
    .replaceAll(/(from|import\()\s*'(\.\/[\w-]+)\.ts'/g, "$1 '$2.js'")
    .replaceAll(/'@madang\/protocol\/(path|unreachable)'/g, "'./$1.js'");

rmSync(target, {recursive: true, force: true});
mkdirSync(target);
const shared = ['path', 'unreachable'].map((name) => join(import.meta.dirname, `../protocol/src/${name}.ts`));
const program = ts.createProgram([join(source, 'server.ts'), join(source, 'cli.ts'), ...shared], options);
const faults = ts.getPreEmitDiagnostics(program);
if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, formatHost));
program.emit(undefined, (path, text) => writeFileSync(join(target, basename(path)), withJsSpecifiers(text)));
await buildDev(join(target, 'dev'));
