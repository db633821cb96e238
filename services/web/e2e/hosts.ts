/**
 * Names that the browser of the tests finds at 127.0.0.1. A page on them is treated as any page of the world: 127.0.0.1
 * itself would pass for a secure address, also over plain http.
 */
export const LAN_HOST = 'madang.lan';
/** The two sites of an installation whose front end and back end live apart. */
export const FRONT_HOST = 'app.front.example';
export const BACK_HOST = 'chat.back.example';
