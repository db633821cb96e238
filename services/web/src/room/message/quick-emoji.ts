/** The emoji beside each message. */
export const quickEmoji = ['👍', '❤️'] as const;

/** The emoji in the menu of a message, where there is no bar beside it. */
export const menuEmoji = [...quickEmoji, '😂', '🎉', '😢'] as const;
