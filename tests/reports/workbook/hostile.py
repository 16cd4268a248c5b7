"""Texts that have become something else in spreadsheets before."""

FORMULAS = (
    "=1+1",
    '=HYPERLINK("https://example.com","click")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\n=1+1",
    "'=1+1",
    "=cmd|'/c calc'!A1",
    "{=1+1}",
)
GUESSES = (
    "#N/A",
    "#REF!",
    "#DIV/0!",
    "TRUE",
    "1e5",
    "00123",
    "12345678901234567890",
    "2026-11-21",
    "1/2",
    "12:30",
    "5%",
    "€ 5",
    "NaN",
    "inf",
)
MARKUP = ('<c t="n"><v>1</v></c>', "]]>", "&amp;", "<row ", '"', "a & b < c > d")
SPACES = (" leading", "trailing ", "two  inside", "line\nbreak", "tab\there", "\u00a0", "\u2028")
SCRIPTS = (
    "Ünal",
    "O’Brien",
    "Zoë",
    "İstanbul",
    "陳大文",
    "🙂👩‍👩‍👧",
    "\u202eright to left",
    "محمد بن سلمان",
    "בנימין כהן (Ben)",
    "e\u0301",
)
FINE = FORMULAS + GUESSES + MARKUP + SPACES + SCRIPTS

# source → what stands in the cell
WRITTEN_OUT = {
    "bell\x07": "bell\\u0007",
    "vertical\x0btab": "vertical\\u000btab",
    "\r=1+1": "\\u000d=1+1",
    "null\x00": "null\\u0000",
    "\x1b[31m": "\\u001b[31m",
    "\ufffe\uffff": "\\ufffe\\uffff",
    "lone\ud800": "lone\\ud800",
}
# What only looks like the format's own escape for a character.
ESCAPES = ("_x000D_", "_x0041_", "a_x005F_b", "_x005F_x0041_")
