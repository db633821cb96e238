/**
 * Version of the wire contract, sent as `version` of the OpenAPI and AsyncAPI documents.
 *
 * History: 1 the first contract; 2 `direct:open`, and the `users` of a direct room;
 * 3 `GET /auth/providers`; 4 tickets and PUT /users; 5 notifications; 6 images.
 */
export const PROTOCOL_VERSION = 6;
