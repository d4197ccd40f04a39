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
ONLY_ADMIN = "You are the only administrator. Make another account one first, or erase the others."
PASSWORD_CHANGED = "The password is changed. All other browsers are logged out."

# Folders on the server.
FOLDER_NOT_ALLOWED = (
    "That folder can't be imported. Expected one in or below a folder that the server was started with: "
    "facefold serve --allow-folder DIR."
)
NO_PHOTO_BESIDE = "no photo of this name came with it"
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
UNKNOWN_ORDERS = {"likeness": "By likeness", "newest": "Newest first"}

# Photo, photos
PHOTOS = "Photos"
PHOTO = "Photo"
NO_DATE = "Without a date"
PHOTO_LABEL = "{name}, {faces}"
DRAW = "Draw a box"
ORIGINAL = "Original"
NOT_LOOKED = "This photo was not looked at yet."
NOT_EMBEDDED = "This face was not looked at yet."
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
ALL_FILES = "All files"
NO_BATCHES = "Nothing was handed in yet."

# Split
SPLIT_TITLE = "Split {name}"
SPLIT_HINT = "Tick or drag faces to other columns. Nothing changes before you apply it."
SPLIT_PARTS = "Into"
SPLIT_FOUND = "as many as are found"
SPLIT_WAYS = "Ways to part them"
METHODS = {"tree": "By merging the nearest", "whispers": "By neighbours", "mixture": "By a mixture"}
ADVISED = "likely"
NOT_ADVISED = "This is probably one person."
APPLY = "Apply"
COLUMNS = "Columns of faces"
COLUMN = "Column {n}"
COLUMN_NAME = "Name of column {n}"
NAME_LATER = "Name, or later"
HERE = "Move here"
HERE_SAYS = "Move to column {n}"
ADD_COLUMN = "One more column"
SPLIT_FAILED = "No parts could be found."
SPLIT_NONE = "These faces can't be parted: there are too few, or they are all alike."
SPLIT_WAITING = "Looking for parts."
SPLIT_TICKED = "With what is ticked:"
LEFT = "One column left"
RIGHT = "One column right"

# Questions
QUESTIONS = "Questions"
QUESTION = "Same person?"
QUESTIONS_HINT = "First what settles most."
ANSWERED = "{n} answered.|{n} answered."
FIRST_FACE = "The first face"
SECOND_FACE = "The second face"
YES = "Yes"
NO = "No"
SKIP_IT = "Skip"
LOADING = "One moment."

# Group again
GROUP = "Group again"
GROUP_HINT = "Names stay, and what you confirmed or rejected stays. First you see what would change."
NOW = "in use"
CLUSTERER = "Grouped by"
CLUSTERERS = {
    "chinese_whispers": "Chinese Whispers",
    "people": "People (facefold)",
    "hdbscan": "HDBSCAN",
    "affinity_propagation": "Affinity propagation",
    "average_linkage": "Average linkage",
}
TOO_MANY = "(too many faces)"
COMPARE = "Embed by {model} too, and compare"
MODELS = {
    "face-people": "face-people",
    "pushed": "the latest pushed model",
    "serving": "TF Serving",
}
CLUSTERERS_OWN = "the clusterer's own"
HOW_MANY = "How many people"
FEWER = "Fewer"
MORE_PEOPLE = "More"
SHOW_CHANGES = "Show what would change"
NOTHING_TO_GROUP = "There are no faces to group yet."
PREVIEW = "What would change"
DISTANCE = "distance {distance}"
DROP_IT = "Drop it"
ACCEPT_TICKED = "Accept what is ticked"
ACCEPT_ALL = "Accept all"

# Account
ACCOUNT = "Account"
STORED = "What is stored"
N_EMBEDDINGS = "{n} embedding|{n} embeddings"
STORED_WHERE = (
    "On this server, and nowhere else: the photos as they came, thumbnails, faces, embeddings, "
    "and what you said of them."
)
STORED_FOLDER = "The folder is"
STORED_HOW = "Faces are embedded by {space} and grouped by {clusterer}."
EXPORT_HINT = "Names for other programs; of everybody. A person's own page exports one person."
IMPORT_HINT = (
    "Names that other programs wrote into photos, or into sidecars (XMP) beside them, are taken over as they "
    "are uploaded."
)
CALIBRATION = "What your answers say"
CALIBRATION_HINT = (
    "Each answer counts from now on. From many follows how near two faces of one person have to be."
)
PAIRS_YES = "Pairs: same"
PAIRS_NO = "Pairs: not the same"
FACES_YES = "Faces confirmed"
FACES_NO = "Faces rejected"
CALIBRATION_NOW = "Now: {rate}% of the pairs of two people may be taken for one; distance {distance}."
RATES = ((0.001, "1 in 1,000"), (0.005, "1 in 200"), (0.01, "1 in 100"), (0.05, "1 in 20"))
RATE = "Of pairs of two people, taken for one may be"
CALIBRATE = "Find the distance"
SHARES = "What you share"
NO_SHARES = "Nothing is shared."
SHARED_WITH = "with {name}"
SHARED_WITH_COMMENT = "with {name}, who may comment"
UNSHARE = "End the share with {name}"
END = "End"
SESSIONS = "Where you are logged in"
UNKNOWN_BROWSER = "A browser"
THIS_ONE = "this one"
SINCE = "since {at}"
END_SESSION = "End the session of {agent}"
END_OTHERS = "End all others"
NEW_PASSWORD = "New password"
OLD_PASSWORD = "Password until now"
PASSWORD_HINT = "Ten characters or more. A new password ends every session."
CHANGE_PASSWORD = "Change it"
ERASE = "Erase this account"
ERASE_HINT = "Photos, faces, names, answers and comments are erased from this server for good."
ERASE_IT = "Erase everything"

# Administration
ACCOUNTS = "Accounts"
ACCOUNT_NAME = "Name"
SIZE = "Size"
CREATED = "Since"
LAST_LOGIN = "Last login"
NEVER = "never"
ADMINISTRATOR = "administrator"
REGISTRATION = "Registration"
REGISTRATION_OPEN = "Anybody who reaches this server can sign up."
REGISTRATION_CLOSED = "Nobody else can sign up."
OPEN_REGISTRATION = "Open it"
CLOSE_REGISTRATION = "Close it"
JOBS = "Jobs"
JOB_KIND = "Kind"
JOB_STATES = {"waiting": "Waiting", "running": "Running", "done": "Done", "failed": "Failed"}
NO_WORKER = "No worker was ever here."
WORKER_SILENT = "The worker is silent since {at}."
WORKER_LIVES = "The worker is at work."
DISK = "Disk"
DISK_FREE = "{free} of {total} free."
DISK_USED = "Disk used"

# Shared, log in, sign up
SHARED = "Shared with me"
PHOTO_OF = "A photo of {name}"
NOTHING_SHARED = "Nobody shares anything with you."
LOG_IN = "Log in"
SIGN_UP = "Sign up"
PASSWORD = "Password"
TOKEN = "Token"
TOKEN_HINT = "The first account is the administrator's. The server printed its token where it was started."

# Pages of what went wrong
WRONG_REQUEST = "This can't be understood"
WRONG_REQUEST_HINT = "The request was not one that this server knows."
FORBIDDEN = "Not allowed"
FORBIDDEN_HINT = "This account may not do that."
MISSING = "Nothing is here"
MISSING_HINT = "It was merged, deleted, or is not yours to see."
FULL_TITLE = "The disk is full"
FULL = (
    "The disk of the server has less than {reserve} MB free. Nothing is lost: what was sent is kept, and "
    "what waits goes on by itself as soon as there is room."
)
NO_ROOM_FOR_EXPORT = (
    "The disk of the server has no room for this export. Export fewer people, or sidecars or tables, which "
    "are small; or make room and export again."
)
BROKEN = "Something broke"
BROKEN_HINT = "Nothing was changed. The server's own log says why."
STALE_FORM = "This form is too old"
STALE_FORM_HINT = "You logged in or out since it was opened. Go back, load the page anew, and send it again."

# Texts that scripts show
SCRIPT = {
    "moment": "One moment.",
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
    "apartText": "Its faces become unknown. The name is gone for good: this can't be undone.",
    "apartGo": "Take apart",
    "exportTitle": "Export",
    "exportText": "Names for other programs. The photos here stay as they are.",
    "exportKind": "As",
    "exportGo": "Export",
    "exporting": "Making the export.",
    "exportingSteps": "Making the export: {done} of {total}.",
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
    "drawHow": "Draw a box round a face. By keys: arrows move it, Shift and arrows size it, Enter takes it.",
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
    "retried": "One file is tried again.|{n} files are tried again.",
    "pickAgain": "Pick the file again to send it.|Pick the {n} files again to send them.",
    "reading": "One file is being read.|{n} files are being read.",
    "pause": "Pause",
    "goOn": "Go on",
    "state_waiting": "waiting",
    "state_sent": "sent",
    "state_no_face": "no face",
    "state_duplicate": "duplicate",
    "state_rejected": "rejected",
    "splitMoved": "{n} face moved to column {column}.|{n} faces moved to column {column}.",
    "splitMost": "Six columns are the most.",
    "splitOne": "All faces are in the first column. Move some to another.",
    "settles": "An answer settles {n} face.|An answer settles {n} faces.",
    "noQuestions": "There is nothing to ask.",
    "noName": "No name",
    "nobody": "Unknown",
    "groups": "{n} person|{n} people",
    "unknowns": "{n} face unknown|{n} faces unknown",
    "levelsWaiting": "Comparing faces.",
    "embedding": "Embedding faces: {done} of {total}.",
    "levelsSteps": "Comparing faces: {done} of {total}.",
    "noLevels": "Nothing can be shown yet.",
    "grouping": "Grouping.",
    "groupingSteps": "Grouping: {done} of {total}.",
    "allFaces": "Show all {n}",
    "facesIn": "{n} face comes|{n} faces come",
    "facesOut": "{n} face goes|{n} faces go",
    "change_splits": "From {name}: a new person, {faces}",
    "change_joins": "{name} joins a new person",
    "change_joinsOther": "{other} joins {name}",
    "change_loses": "{name}",
    "change_grows": "{name}",
    "change_new": "A new person, {faces}",
    "change_gone": "{name} becomes unknown",
    "change_stays": "{name}",
    "kind_splits": "{n} person splits|{n} people split",
    "kind_joins": "{n} joining|{n} joinings",
    "kind_loses": "{n} person loses faces|{n} people lose faces",
    "kind_grows": "{n} person grows|{n} people grow",
    "kind_new": "{n} new person|{n} new people",
    "kind_gone": "{n} person becomes unknown|{n} people become unknown",
    "kind_stays": "{n} person stays as it is|{n} people stay as they are",
    "changes": "One change. Untick what is not right.|{n} changes. Untick what is not right.",
    "noChanges": "Nothing would change.",
    "grouping_applied": "This is applied already.",
    "grouping_dropped": "This was dropped.",
    "unshared": "It is no longer shared.",
    "calibrated": "Distance {distance} ({low} to {high}), by {same} pairs of one person, {different} of two.",
    "ended": "The session is ended.|{n} sessions are ended.",
    "password": "Your password",
    "eraseTitle": "Erase this account?",
    "eraseText": "Everything of it is erased from this server for good. This can't be undone.",
    "eraseGo": "Erase everything",
}
