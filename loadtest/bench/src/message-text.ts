/** A typical text of 100 characters, so that a message with its names and ids is a few hundred bytes of JSON. */
export const messageText =
  'The courtyard is where the people of a house meet; come by when the rain is over. '.padEnd(100, '.');
