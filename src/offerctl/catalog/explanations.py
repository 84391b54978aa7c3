"""What `offerctl explain` says about each code, with lines that have the problem and the same lines mended."""

from __future__ import annotations

from dataclasses import dataclass

from offerctl.catalog.codes import Code


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, with lines of a file that have the problem, and the same lines mended."""

    meaning: str
    text: str
    wrong: str | None = None
    right: str | None = None


EXPLANATIONS: dict[Code, Explanation] = {
    Code.NOT_A_FILE: Explanation(
        "Not an ordinary file",
        "An offering is an ordinary file. Symbolic links are not followed, because one could lead out of the "
        "repository; devices, pipes and folders with a name like `x.yaml` are not read. Put the file itself "
        "there, or begin its name with `_` or `.` to have it left alone.",
    ),
    Code.TOO_BIG: Explanation(
        "The file is too big",
        "A file holds one offering, which needs a few hundred bytes. Files of more than 64 KiB are not opened.",
    ),
    Code.NOT_UTF8: Explanation(
        "The file is not UTF-8",
        "Text must be saved as UTF-8, or letters such as é reach the Marketplace as something else. Old "
        'Windows programs save them differently: choose "Save as", then the encoding UTF-8. In the editor of '
        "the website the encoding is always right.",
    ),
    Code.UNKNOWN_FIELD: Explanation(
        "Unknown field",
        "The file has a field that no offering has, usually a slip of the pen. The fields are offeringId, "
        "trainingStandardKey, courseName, price, courseDuration, externalRegistrationUrl, and protect.",
        "cost: 199.00",
        "price: 199.00",
    ),
    Code.MISSING_FIELD: Explanation(
        "A field is missing",
        "Every offering has six fields: offeringId, trainingStandardKey, courseName, price, courseDuration "
        "and externalRegistrationUrl. Only protect may be left out.",
        "price:",
        "price: 199.00",
    ),
    Code.DUPLICATE_FIELD: Explanation(
        "A field is given twice",
        "Nobody can tell which of the two is meant, and programs differ in which they take. Keep one line.",
        "price: 199.00\nprice: 249.00",
        "price: 249.00",
    ),
    Code.TAB: Explanation(
        "Indented with a tab",
        "YAML does not allow a tab at the start of a line. The fields of an offering start in the first column.",
        "\tprice: 199.00",
        "price: 199.00",
    ),
    Code.SYNTAX: Explanation(
        "The file cannot be read as YAML",
        "Each line is a field's name, a colon, a space, and a value. A value that holds `: ` or starts with a "
        "sign such as @ % ` & * ! stands in quotes.",
        "courseName: JHSC: Part One",
        'courseName: "JHSC: Part One"',
    ),
    Code.YAML_FEATURE: Explanation(
        "Anchors, aliases, tags and directives are not used here",
        "YAML can refer to other parts of a file (`&name`, `*name`) and rename types (`!tag`). An offering "
        "needs none of it, and a few lines of it can fill a computer's memory. Write the value itself; where "
        "a text begins with such a sign, put it in quotes.",
        "courseName: !str JHSC Part One",
        "courseName: JHSC Part One",
    ),
    Code.SHAPE: Explanation(
        "The file does not hold one offering",
        "A file holds the fields of one offering, one below the other, without lists, further levels or a "
        "second document. Give each offering a file of its own.",
        "price:\n  amount: 199.00",
        "price: 199.00",
    ),
    Code.CHARACTER: Explanation(
        "A character that does not belong there",
        "Control characters, line breaks inside a value, characters without width, and characters that turn "
        "the direction of writing are invisible: they make an address lead nowhere, and a text look like "
        "another. Private-use characters, such as the bullets of Word, are shown by one font only. More than "
        "four accents on one letter cover other lines, and more than four hard or wide spaces in a row push "
        "text out of sight. They come along when text is pasted. Delete them, or type the text anew. (Joiners are "
        "accepted inside emoji and between letters of scripts that join them.)",
        'courseName: "JHSC\\nPart One"',
        'courseName: "JHSC Part One"',
    ),
    Code.NUMBER: Explanation(
        "Not a plain number",
        "Prices (Canadian dollars) and durations (hours) are plain numbers with a point and no sign for the "
        "unit, like 199 or 199.50. Other ways to write numbers are read differently by different programs.",
        "price: $199,00",
        "price: 199.00",
    ),
    Code.TEXT: Explanation(
        "Text is wanted, and the value is read as something else",
        "A value such as 2024 or true is read as a number or a yes/no. Where text is wanted, quotes say so.",
        "courseName: 2024",
        'courseName: "2024"',
    ),
    Code.STANDARD: Explanation(
        "Not a standard course",
        "Every offering belongs to a standard course: JHSC-2014-1-E-O (JHSC Part 1, English, "
        "online), JHSC-2014-1-F-O (the same in French), or one that [standards] in offerctl.toml names.",
        "trainingStandardKey: jhsc-2014-1-e-o",
        "trainingStandardKey: JHSC-2014-1-E-O",
    ),
    Code.VALUE: Explanation(
        "A value that the field cannot have",
        "offeringId has 1 to 64 of A-Z a-z 0-9 . _ - and starts with a letter or digit. courseName has 1 to "
        "255 characters. price is 0 or more, courseDuration more than 0, both with at most 2 decimals. "
        "externalRegistrationUrl is a whole address that starts with https:// (http:// is accepted, with the "
        "warning OFR202). protect is true or false.",
        "externalRegistrationUrl: safety-training.example/jhsc",
        "externalRegistrationUrl: https://safety-training.example/jhsc",
    ),
    Code.NETWORK_KEY: Explanation(
        "networkKey comes from the configuration",
        "The Marketplace wants the provider's key with every request. offerctl takes it from offerctl.toml, "
        "so that no file can list an offering under another provider's name. Take the line out.",
        "networkKey: pro-00000",
        "# (nothing)",
    ),
    Code.DUPLICATE_ID: Explanation(
        "The same offeringId in two files",
        "The offeringId is the Marketplace's key: two files with one would overwrite each other. Files that "
        "are copied to start a new offering need a new offeringId.",
    ),
    Code.SCHEMA: Explanation(
        "The repository's own schema does not allow it",
        "The file schema/offering.schema.json of this repository asks for more than the Marketplace does. "
        "Change the value, or ask those who look after the schema.",
    ),
    Code.UNREADABLE: Explanation(
        "The file cannot be read",
        "The operating system refused to read it, or its name is unusable. Look at its permissions.",
    ),
    Code.MISNAMED: Explanation(
        "The file's name does not end in .yaml or .yml",
        "Only files whose names end in .yaml or .yml, in small letters, are read, and the listing of a file that "
        "is not read would be deleted. Some editors write another ending, such as .YAML or .yaml.txt. Rename "
        "the file, or begin its name with `_` or `.` to have it left alone.",
    ),
    Code.CREDENTIALS: Explanation(
        "The address holds a user's name or password",
        "What stands before an @ in an address is a user's name and perhaps a password, and the Marketplace shows "
        "the address to everybody. Take it out. A password that was in a file stays in the repository's history: "
        "change it where it is used.",
        "externalRegistrationUrl: https://jhsc:12345@safety-training.example/jhsc",
        "externalRegistrationUrl: https://safety-training.example/jhsc",
    ),
    Code.LOST_LETTERS: Explanation(
        "Letters were lost",
        "Where a program could not read a letter it wrote U+FFFD (a question mark in a diamond) in its place. "
        "What stood there is gone: type it again.",
        "courseName: S\ufffdcurit\ufffd au travail",
        "courseName: Sécurité au travail",
    ),
    Code.CONFLICT: Explanation(
        "An unfinished merge",
        "Two people changed the same lines, and both versions stand here, between lines that begin with <<<<<<<, "
        "======= and >>>>>>>. Keep the version that is right, and delete the other and those three lines.",
        "<<<<<<< HEAD\nprice: 199.00\n=======\nprice: 249.00\n>>>>>>> new-price",
        "price: 249.00",
    ),
    Code.PLACEHOLDER: Explanation(
        "A placeholder that nobody filled in",
        "A template or an editor leaves words such as {{ name }}, <course name> or an address at example.com, "
        "to be replaced. They would be published as they stand.",
        "courseName: {{ course.name }}",
        "courseName: JHSC Part One",
    ),
    Code.LOST_TEXT: Explanation(
        "Text after # is a comment",
        "In a value without quotes, a space and # start a comment: everything after them is lost. Put the "
        "value in quotes if the rest belongs to it; put a comment on a line of its own.",
        "courseName: JHSC #1",
        'courseName: "JHSC #1"',
    ),
    Code.HTTP_URL: Explanation(
        "The registration page is not encrypted",
        "With http:// anybody on the way can read or change what a visitor sends. Use https://.",
        "externalRegistrationUrl: http://safety-training.example/jhsc",
        "externalRegistrationUrl: https://safety-training.example/jhsc",
    ),
    Code.FREE: Explanation(
        "The price is 0",
        "The course will be listed as free of charge. If that is meant, silence the warning `free` in the "
        "configuration.",
        "price: 0",
        "price: 199.00",
    ),
    Code.BLANKS: Explanation(
        "Spaces at the ends of a name",
        "They show in the Marketplace, and two names that look alike differ.",
        'courseName: "JHSC Part One "',
        'courseName: "JHSC Part One"',
    ),
    Code.SHARED_URL: Explanation(
        "Two offerings lead to the same registration page",
        "Often one of them was copied and its address not changed. If one page serves them all, silence the "
        "warning `shared-url` in the configuration.",
    ),
    Code.MISREAD: Explanation(
        "Text that was read in the wrong encoding",
        "A letter such as é became two signs on its way, because a program took UTF-8 for Windows' own encoding. "
        "Where all of the text can be turned back, that is offered.",
        "courseName: S\u00c3\u00a9curit\u00c3\u00a9 au travail",
        "courseName: Sécurité au travail",
    ),
    Code.MARKUP: Explanation(
        "HTML in a value",
        "The Marketplace shows text as it is: &amp; or <b> would be seen by visitors, and in an address they lead "
        "elsewhere. Write the character itself.",
        "courseName: JHSC &amp; first aid",
        "courseName: JHSC & first aid",
    ),
    Code.SHOWN_QUOTES: Explanation(
        "Quotes that would be shown",
        "Curly quotes are no quotes to YAML but part of the name, so visitors would see them. Take them out, or "
        'write straight ones (").',
        "courseName: \u201cJHSC Part One\u201d",
        "courseName: JHSC Part One",
    ),
    Code.LINE_END: Explanation(
        "A comma at the end of a value",
        "In other languages a line ends with a comma or a semicolon. Here it would be part of the value.",
        "courseName: JHSC Part One,",
        "courseName: JHSC Part One",
    ),
    Code.LANGUAGE: Explanation(
        "A name in the other language than the standard",
        "JHSC is the course's English abbreviation, CMSST its French one; a name with the one under the "
        "standard of the other was probably copied. The standard cannot be changed once it is listed. If it "
        "is meant, silence the warning `language` in the configuration.",
        "courseName: CMSST, certification partie 1",
        "courseName: JHSC Part One",
    ),
    Code.SWALLOWED: Explanation(
        "A line that became part of the value above it",
        "A line that is indented goes on with the value above. This one begins as a field does: a colon is "
        "missing, or it should start in the first column.",
        "courseName: JHSC Part One\n  protect true",
        "courseName: JHSC Part One\nprotect: true",
    ),
    Code.NAMES_BY_CASE: Explanation(
        "Names that differ in capital letters only",
        "On Windows and macOS two such files are one, and one of the offerings would be lost there; ids that "
        "differ so are easily taken for each other. Rename one.",
    ),
    Code.LOOK_ALIKE: Explanation(
        "Letters that only look like others",
        "A letter of another alphabet, or one written in two parts (e and an accent), looks the same and is "
        "another text: searches do not find it, and a change of it cannot be seen. Type the letter again.",
        "courseName: CMSST, sante\u0301\ntrainingStandardKey: JHSC-2014-1-F-O",
        "courseName: CMSST, santé\ntrainingStandardKey: JHSC-2014-1-F-O",
    ),
    Code.LONG_COURSE: Explanation(
        "A course of more than 100 hours",
        "The duration is in hours, and 780 is probably meant as minutes: 13 hours. If the course is as long as "
        "that, silence the warning `long-course` in the configuration.",
        "courseDuration: 780",
        "courseDuration: 13",
    ),
    Code.ODD_URL: Explanation(
        "An address that is not the page itself",
        "A link out of a mail program or a search engine leads through their servers, which may stop it. "
        "Addresses of a private network and of a website's own editor open for nobody else; two in one open for "
        "nobody. Open the page as a visitor does, and copy the address from there.",
        "externalRegistrationUrl: https://safety-training.example/wp-admin/post.php?post=7&action=edit",
        "externalRegistrationUrl: https://safety-training.example/register",
    ),
    Code.NOT_READ: Explanation(
        "A table or a document, which is not read",
        "What is listed stands in files whose names end in .yaml, one for each offering. A table or a document "
        "that lies beside them lists nothing. `offerctl new --from FILE` writes a file for each row of a CSV, "
        "XLSX or ODS table. Then move it out of the folder, or begin its name with `_` or `.` to have it left "
        "alone.",
    ),
}
