import type {RootContent} from 'hast';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import {createLowlight} from 'lowlight';

const lowlight = createLowlight({
  bash,
  cpp,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  kotlin,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
});
lowlight.registerAlias({bash: ['console', 'zsh'], cpp: ['c', 'h'], json: ['jsonc'], xml: ['vue']});

/** A part of a program, with the names of its kinds, such as `hljs-string`. */
export type Part = {kinds: string; text: string};

/** Splits a program into parts. Returns undefined for a language that is not known here. */
export function highlight(language: string, program: string): Part[] | undefined {
  const name = language.toLowerCase();
  if (!lowlight.registered(name)) return undefined;
  return lowlight.highlight(name, program).children.flatMap((node) => partsOf(node, ''));
}

function partsOf(node: RootContent, kinds: string): Part[] {
  if (node.type === 'text') return [{kinds, text: node.value}];
  if (node.type !== 'element') return [];
  const {className} = node.properties;
  const inner = Array.isArray(className) ? className.join(' ') : kinds;
  return node.children.flatMap((child) => partsOf(child, inner));
}
