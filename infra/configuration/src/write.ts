/** `npm run config:doc` */
import {writeFileSync} from 'node:fs';
import {listVariables, renderExample, renderTable} from './variables.ts';

const root = new URL('../../../', import.meta.url);
const variables = listVariables();
writeFileSync(new URL('docs/configuration.md', root), renderTable(variables));
writeFileSync(new URL('.env.example', root), renderExample(variables));
