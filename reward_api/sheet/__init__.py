"""One group as a page to look at: every member's screenshots, by reward, with what explains it. Pure."""
