/** How `docker buildx bake` makes the image of a version: in the root of its sources, for both kinds of machines. */
export type Release = {version: string; revision: string; epoch: string};

export function bakeFile({version, revision, epoch}: Release): string {
  const labels = {
    'org.opencontainers.image.title': 'Madang',
    'org.opencontainers.image.description': 'A horizontally scalable chat cluster',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': revision,
    'org.opencontainers.image.created': new Date(Number(epoch) * 1_000).toISOString(),
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  const target = {
    context: '.',
    dockerfile: 'infra/docker/Dockerfile',
    platforms: ['linux/amd64', 'linux/arm64'],
    // A registry is put before it: IMAGE=registry.example/chat/madang.
    tags: [`\${IMAGE}:${version}`],
    // The layers of one commit are the same wherever they are made.
    args: {SOURCE_DATE_EPOCH: epoch},
    labels,
    attest: ['type=provenance,mode=max', 'type=sbom'],
  };
  const file = {
    variable: {IMAGE: {default: 'madang'}},
    group: {default: {targets: ['madang']}},
    target: {madang: target},
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}
