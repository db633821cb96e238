/** The folder of the package whose Postgres the tests use. .ci/full names one of each major version. */
export const programs = process.env['MADANG_TEST_POSTGRES'] || undefined;
