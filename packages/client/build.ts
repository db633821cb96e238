import {rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {rolldown} from 'rolldown';
import ts from 'typescript';

// Builds the published form: one module, and types that need nothing but socket.io-client. Node refuses TypeScript under
// node_modules, and a user of the package should not have to install the schemas that its types are made from.

const source = join(import.meta.dirname, 'src');
const target = join(import.meta.dirname, 'dist');

async function bundle(): Promise<void> {
  const build = await rolldown({input: join(source, 'client.ts'), external: ['socket.io-client']});
  await build.write({file: join(target, 'client.js'), format: 'esm'});
  await build.close();
}

function declare(): void {
  const options: ts.CompilerOptions = {
    ...baseOptions(),
    target: ts.ScriptTarget.ESNext,
    lib: ['lib.esnext.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: target,
  };
  const program = ts.createProgram([join(source, 'client.ts')], options);
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, formatHost));
  for (const file of program.getSourceFiles()) {
    if (!file.fileName.startsWith(source) || basename(file.fileName) === 'wire.ts') continue;
    program.emit(file, (path, text) => writeFileSync(join(target, basename(path)), withJsSpecifiers(text)));
  }
  writeFileSync(join(target, 'wire.d.ts'), expandWire(program));
}

function baseOptions(): ts.CompilerOptions {
  const path = join(import.meta.dirname, '../../tsconfig.base.json');
  return ts.readConfigFile(path, (name) => ts.sys.readFile(name)).config.compilerOptions;
}

/** Prints the types of wire.ts in full; where one type contains another, it refers to it by name. */
function expandWire(program: ts.Program): string {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(join(source, 'wire.ts'));
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error('src/wire.ts is not part of the program');
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  // The compiler expands only the top level of a type. The types of wire.ts that `Calls` names are two levels below.
  const spell = (type: ts.Type, levels: number): string => {
    if (levels === 0) return checker.typeToString(type, undefined, flags);
    const members = checker.getPropertiesOfType(type).map((member) => {
      return `${JSON.stringify(member.name)}: ${spell(checker.getTypeOfSymbol(member), levels - 1)};`;
    });
    return `{ ${members.join(' ')} }`;
  };
  const types = checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    text: spell(checker.getDeclaredTypeOfSymbol(symbol), symbol.name === 'Calls' ? 2 : 0),
  }));
  // The longest text comes first, because replacing a part of it would hide the whole.
  const named = types.filter(({text}) => /[{|]/.test(text)).sort((a, b) => b.text.length - a.text.length);
  const declarations = types.map(({name, text}) => {
    let short = text;
    for (const other of named) if (other.name !== name) short = short.replaceAll(other.text, other.name);
    return `export type ${name} = ${short};`;
  });
  const parsed = ts.createSourceFile('wire.d.ts', declarations.join('\n'), ts.ScriptTarget.Latest);
  return ts.createPrinter().printFile(parsed);
}

const withJsSpecifiers = (text: string) =>
  text.replaceAll(/(from|import\()\s*'(\.\/[\w-]+)\.ts'/g, "$1 '$2.js'");

const formatHost: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => import.meta.dirname,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

rmSync(target, {recursive: true, force: true});
await bundle();
declare();
