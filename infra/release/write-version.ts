/** `npm run release:version 1.2.3` */
import {writeVersion} from './versions.ts';

const [version = ''] = process.argv.slice(2);
writeVersion(version);
process.stdout.write(`everything names ${version}; give CHANGELOG.md the heading "## ${version}"\n`);
