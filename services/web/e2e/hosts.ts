/**
 * Host names that the tests' browser resolves to 127.0.0.1. The browser treats their pages like any page on the Internet,
 * whereas it considers 127.0.0.1 itself a secure origin even over plain HTTP.
 */
export const LAN_HOST = 'madang.lan';
/** The two sites of an installation whose front end and back end have different hosts. */
export const FRONT_HOST = 'app.front.example';
export const BACK_HOST = 'chat.back.example';
