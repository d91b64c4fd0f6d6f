"""The bot's mouth: replies sentence by sentence, and what is always said the same is synthesised once."""
