const {PORT = '3100', MADANG_URL, MADANG_KEY, DESK_URL, DESK_AGENTS = ''} = process.env;
if (!MADANG_URL || !MADANG_KEY) throw new Error('Set MADANG_URL and MADANG_KEY: see README.md.');

export const config = {PORT, MADANG_URL, MADANG_KEY, DESK_URL, DESK_AGENTS};
