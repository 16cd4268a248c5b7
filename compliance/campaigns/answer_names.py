"""Short names of the answers for officers' tables; employees read the guide's own words."""

from compliance import answers

ANSWER_NAMES = {
    answers.WAS_OFF: "Was off",
    answers.TURNED_OFF: "Turned off",
    answers.LEFT_ON: "Left on",
    answers.NOT_SHOWN: "Not shown",
    answers.NO_ACCOUNT: "No account",
    answers.PREFER_NOT_TO_SAY: "Prefer not to say",
    answers.NEED_HELP: "Need help",
}
