/** `npm run reference:doc` */
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {createReference} from '@madang/gateway/documents/reference';
import {operations} from '@madang/gateway/operations';
import {renderReference} from './reference.ts';

const folder = new URL('../../../docs/reference/', import.meta.url);
rmSync(folder, {recursive: true, force: true});
mkdirSync(folder);
for (const [name, page] of Object.entries(renderReference(createReference(operations)))) {
  writeFileSync(new URL(name, folder), page);
}
