"""Every English text of the application."""

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
