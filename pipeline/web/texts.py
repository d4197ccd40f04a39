"""Every English text of the application. "one|many" has a form for one and a form for other numbers."""

NAME = "facefold"

# Signing up and logging in.
WRONG_NAME = "A name has 1 to 80 letters, digits and spaces."
NAME_TAKEN = "That name is taken."
WRONG_TOKEN = "That is not the token which the server printed when it started."
CLOSED = "Registration is closed. Ask the administrator of this server to open it."
TOO_MANY_LOGINS = "Too many logins failed. Wait a quarter of an hour."
WRONG_LOGIN = "No account has this name and password."
WRONG_PASSWORD = "That is not the password of this account."
LONG_PASSWORD = "A password has at most 1,000 letters."
PASSWORD_CHANGED = "The password is changed. All other browsers are logged out."

# Folders on the server.
FOLDER_NOT_ALLOWED = (
    "That folder can't be imported. Expected one in or below a folder that the server was started with: "
    "facefold serve --allow-folder DIR."
)
NO_PHOTOS_THERE = "There is no photo in that folder."
TOO_MANY_THERE = (
    "There are {n:,} photos in that folder. At most {most:,} are taken at a time: choose one below it."
)

# Grouping.
WRONG_DISTANCE = (
    "{clusterer} does not take that distance. Expected one above 0 and below 2 for chinese_whispers, people "
    "and average_linkage, and none for the others."
)
TOO_MANY_FACES = "{clusterer} groups at most {most:,} faces; there are {n:,}. Choose chinese_whispers."

UNITS = ("bytes", "kB", "MB", "GB", "TB")

# The frame
SKIP = "To the page's matter"
ASIDE = "Pages"
DOCK = "What is ticked, and the last edit"
PLACES = (
    ("people", "/", "People"),
    ("unknown", "/unknown", "Unknown"),
    ("questions", "/questions", "Questions"),
    ("photos", "/photos", "Photos"),
    ("upload", "/upload", "Upload"),
    ("group", "/group", "Group again"),
    ("shared", "/shared", "Shared with me"),
    ("account", "/account", "Account"),
)
ADMIN = "Administration"
LOG_OUT = "Log out"
LAST_EDIT = "Last:"
UNDO = "Undo"
FRESH = "Something is new: show it"
KEYS = "Keys"
KEYS_LABEL = "Keys of this page"
KEYS_ON = "Single letters press buttons"
KEYS_EVERYWHERE = (
    ("j k", "To the next, to the one before"),
    ("← → ↑ ↓", "Among the tiles"),
    ("x Space", "Tick"),
    ("Shift", "With x, Space, an arrow or a click: tick all on the way"),
    ("Enter", "Open"),
)
CLOSE = "Close"
CANCEL = "Cancel"
SHOW = "Show"
MORE = "Show more"
CLEAR = "Untick"
VIEW = "View"
SHARE = "Share"
DELETE = "Delete"
SHARED_BY = "shared by {name}"
PERSON_NAME = "Name"
KNOWN_PEOPLE = "People with names"

# People
PEOPLE = "People"
N_FACES = "{n} face|{n} faces"
FILTER = "Filter by name"
FILTER_LABEL = "Filter people by name"
KIND_LABEL = "Which people"
KINDS = {
    "": "All",
    "named": "With a name",
    "unnamed": "Without a name",
    "favourites": "Favourites",
    "hidden": "Hidden",
}
NO_NAME = "No name"
SOMEBODY = "somebody"
NOBODY = "Unknown"
TICK_PERSON = "Tick {name}, {faces}"
NAME_THEM = "Name"
MERGE = "Merge"
HIDE = "Hide"
HIDDEN = "Hidden"
UNHIDE = "Show again"
FAVOURITE = "Favourite"
NO_PHOTOS = "There are no photos yet."
NO_PEOPLE_YET = "Nobody is here yet: the photos are being looked at, or there is no face in them."
NO_PEOPLE_FOUND = "Nobody is found by this. Fewer letters find more."

# Person, unknown
FACES = "Faces"
FACE_OF = "Face of {name}"
TICK_FACE = "Tick face, {about} {date}"
CONFIRMED = "confirmed"
LEAST_SURE = "Least sure first"
NEWEST = "Newest first"
WHOLE_PHOTOS = "Whole photos"
RENAME = "Rename"
GIVE_NAME = "Give a name"
SPLIT = "Split"
EXPORT = "Export"
TAKE_APART = "Take apart"
NO_FACES = "There are no faces here."
NOT_THIS = "Not this person"
NOT_THIS_ONE = "Not {name}"
MOVE = "Move to"
NEW_PERSON = "New person"
CONFIRM = "This is right"
IGNORE = "Ignore"
NOT_A_FACE = "Not a face"
COVER = "Cover"
UNKNOWN = "Unknown"
UNKNOWN_TABS = {"unknown": "Unknown", "ignored": "Ignored", "not_a_face": "Not a face"}
UNKNOWN_EMPTY = {
    "unknown": "Every face has its person.",
    "ignored": "No face is ignored.",
    "not_a_face": "Nothing was said to be no face.",
}
BACK_TO_UNKNOWN = "Show again"

# Photo, photos
PHOTOS = "Photos"
NO_DATE = "Without a date"
PHOTO_LABEL = "{name}, {faces}"
DRAW = "Draw a box"
ORIGINAL = "Original"
NOT_LOOKED = "This photo was not looked at yet."
FACES_IN = "Faces in it"
NO_FACES_IN = "No face was found. Draw a box round one."
NO_FACES_SHARED = "No names are shown here."
NAME_OR_MOVE = "Name"
MOVE_FACE = "Name or move the face of {name}"
COMMENTS = "Comments"
NO_COMMENTS = "Nobody wrote anything yet."
YOUR_COMMENT = "Your comment"
SAY_IT = "Comment"
DELETE_COMMENT = "Delete the comment of {name}"
FROM = "From"
TO = "to"
ANYBODY = "Of anybody"
BY_FACE = "By a face"
ALL_PHOTOS = "All photos"
SEARCHING = "Looking for this face."
SEARCH_FAILED = "The search failed."
SEARCH_EMPTY = "No face in the library is like it."
N_FACES_FOUND = "{n} face like it|{n} faces like it, the likest first"
NO_PHOTOS_FOUND = "No photo is of that."

# Upload
UPLOAD = "Upload"
DROP = "Drop photos or folders here"
DROP_HINT = "They go to this server and nowhere else. A reload loses nothing: what was sent stays sent."
PICK_FILES = "Pick files"
PICK_FOLDER = "Pick a folder"
ALLOWED = "Or a folder of the server"
READ_FOLDER = "Read it"
SENDING = "Sending"
PAUSE = "Pause"
N_FILES = "{n} file|{n} files"
RETRY = "Retry all failed"
UNFINISHED = (
    "{n} file is still to come: pick or drop the same files again, and it goes on where it stopped."
    "|{n} files are still to come: pick or drop the same files again, and it goes on where it stopped."
)
STATES = {
    "waiting": "waiting",
    "sent": "sent",
    "faces": "with faces",
    "no_face": "no face",
    "duplicate": "duplicate",
    "rejected": "rejected",
}
LINES = "Files"
NO_BATCHES = "Nothing was handed in yet."

# Texts that scripts show
SCRIPT = {
    "offline": "The server can't be reached. Nothing was changed. Try again when it is there.",
    "refused": "The server answered {n}.",
    "ticked": "{n} ticked|{n} ticked",
    "nothing": "Nothing is ticked. Tick with x, or go to a tile.",
    "faces": "{n} face|{n} faces",
    "into": "Merge with {name}",
    "fresh": "A new person, “{name}”",
    "nameTitle": "Who is this?|Who are these {n}?",
    "nameGo": "Name",
    "nameApart": "Another {name}",
    "mergeTitle": "Merge with whom?",
    "mergeGo": "Merge",
    "mergeInto": "Merge with {name}",
    "moveTitle": "Whose face is this?|Whose {n} faces are these?",
    "moveGo": "New person",
    "moveInto": "Move to {name}",
    "apartTitle": "Take this person apart?",
    "apartText": "The name goes, and the faces become unknown. It can be undone.",
    "apartGo": "Take apart",
    "exportTitle": "Export",
    "exportText": "Names for other programs. The photos here stay as they are.",
    "exportKind": "As",
    "exportGo": "Export",
    "exporting": "Making the export: {done} of {total}.",
    "exported": "The export is made and on its way.",
    "export_csv": "A table (CSV)",
    "export_json": "JSON",
    "export_folders": "Photos in folders by person",
    "export_sidecars": "Sidecars (XMP) beside the photos",
    "export_copies": "Copies of the photos with names inside (XMP)",
    "shareTitle": "Share",
    "shareText": "Somebody with an account here can look, and nothing else. It ends when you say so.",
    "shareWith": "Name of the account",
    "shareComment": "May comment",
    "shareGo": "Share",
    "shared": "Shared with {name}.",
    "drawHow": "Draw a box round a face. By keys: arrows move it, with Shift they size it, Enter takes it, Esc leaves.",
    "drawTitle": "Whose face is this?",
    "drawn": "The face is being looked at.",
    "deleteTitle": "Delete this photo?",
    "deleteText": "The photo, its faces and its comments are gone for good. This can't be undone.",
    "deleteGo": "Delete",
    "photosOf": "Photos of whom?",
    "photosInto": "Photos of {name}",
    "show": "Show",
    "searching": "Looking for this face.",
    "more": "Show more",
    "sent": "{n} of {total} files sent.",
    "notSent": "{n} was not taken: {reason}|{n} were not taken, the last: {reason}",
    "allSent": "The file is sent.|All {n} files are sent.",
    "allThere": "All of these were sent already.",
    "noFiles": "There is no picture among these.",
    "announcing": "One file is announced.|{n} files are announced.",
    "retried": "What failed is tried again.",
    "reading": "The folder is being read.",
    "pause": "Pause",
    "goOn": "Go on",
    "state_waiting": "waiting",
    "state_sent": "sent",
    "state_no_face": "no face",
    "state_duplicate": "duplicate",
    "state_rejected": "rejected",
}
