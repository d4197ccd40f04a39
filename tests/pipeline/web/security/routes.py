"""Who gets what: a line for each route and verb, with the status for each of six.

nobody    not logged in
other     another account
guest     an account that a person, with a photo of it, is shared with, to look and comment: of these
beyond    the same guest, of the owner's other people, photos and faces
admin     the administrator, who is somebody else than the owner
owner     whose rows they are

A route has a line for each verb that it answers. A verb without a line has to be refused by all with 405
(302 or 401 by nobody).
"""

TABLE = """
# verb   route                                        nobody other guest beyond admin owner
GET      healthz                                      503 503 503 503 503 503
HEAD     healthz                                      503 503 503 503 503 503
GET      login                                        200 200 200 200 200 200
POST     login                                        302 302 302 302 302 302
GET      signup                                       200 200 200 200 200 200
POST     signup                                       302 302 302 302 302 302
POST     logout                                       302 302 302 302 302 302
POST     account/password                             302 302 302 302 302 302
GET      api/events                                   401 200 200 200 200 200
*        api/openapi.json                             200 200 200 200 200 200
*        api/                                         404 404 404 404 404 404


GET      <home>                                       302 200 200 200 200 200
HEAD     <home>                                       302 200 200 200 200 200
GET      people/<uuid:uuid>                           302 404 200 404 404 200
HEAD     people/<uuid:uuid>                           302 404 200 404 404 200
GET      people/<uuid:uuid>/split                     302 404 404 404 404 200
HEAD     people/<uuid:uuid>/split                     302 404 404 404 404 200
GET      unknown                                      302 200 200 200 200 200
HEAD     unknown                                      302 200 200 200 200 200
GET      questions                                    302 200 200 200 200 200
HEAD     questions                                    302 200 200 200 200 200
GET      questions/number                             302 200 200 200 200 200
HEAD     questions/number                             302 200 200 200 200 200
GET      group                                        302 404 404 404 404 200
HEAD     group                                        302 404 404 404 404 200
GET      photos                                       302 404 404 404 404 200
HEAD     photos                                       302 404 404 404 404 200
GET      photos/<uuid:uuid>                           302 404 200 404 404 200
HEAD     photos/<uuid:uuid>                           302 404 200 404 404 200
GET      upload                                       302 200 200 200 200 200
HEAD     upload                                       302 200 200 200 200 200
GET      shared                                       302 200 200 200 200 200
HEAD     shared                                       302 200 200 200 200 200
GET      account                                      302 200 200 200 200 200
HEAD     account                                      302 200 200 200 200 200
GET      admin                                        302 404 404 404 200 404
HEAD     admin                                        302 404 404 404 200 404
POST     admin/registration                           302 404 404 404 302 404

GET      files/faces/<uuid:uuid>.jpg                  302 404 200 404 404 200
HEAD     files/faces/<uuid:uuid>.jpg                  302 404 200 404 404 200
GET      files/photos/<uuid:uuid>/thumb.jpg           302 404 200 404 404 200
HEAD     files/photos/<uuid:uuid>/thumb.jpg           302 404 200 404 404 200
GET      files/photos/<uuid:uuid>/preview.jpg         302 404 200 404 404 200
HEAD     files/photos/<uuid:uuid>/preview.jpg         302 404 200 404 404 200
GET      files/photos/<uuid:uuid>/original            302 404 404 404 404 200
HEAD     files/photos/<uuid:uuid>/original            302 404 404 404 404 200

GET      api/people                                   401 200 200 200 200 200
GET      api/people/<uuidstr:person>                  401 404 200 404 404 200
PATCH    api/people/<uuidstr:person>                  401 404 404 404 404 200
DELETE   api/people/<uuidstr:person>                  401 404 404 404 404 200
GET      api/people/<uuidstr:person>/faces            401 404 200 404 404 200
POST     api/people/<uuidstr:person>/split            401 404 404 404 404 200
POST     api/people/<uuidstr:person>/split/apply      401 404 404 404 404 200
POST     api/people/patch                             401 404 404 404 404 200
POST     api/people/merge                             401 404 404 404 404 200
GET      api/faces                                    401 200 200 200 200 200
POST     api/faces/move                               401 404 404 404 404 200
POST     api/faces/reject                             401 404 404 404 404 200
POST     api/faces/state                              401 404 404 404 404 200
POST     api/faces/confirm                            401 404 404 404 404 200
POST     api/photos/<uuidstr:photo>/faces             401 404 404 404 404 200
GET      api/pairs                                    401 200 200 200 200 200
POST     api/pairs                                    401 404 404 404 404 200
POST     api/groupings                                401 422 422 422 422 200
GET      api/groupings/<uuidstr:grouping>             401 404 404 404 404 200
DELETE   api/groupings/<uuidstr:grouping>             401 404 404 404 404 200
POST     api/groupings/<uuidstr:grouping>/apply       401 404 404 404 404 200
GET      api/levels                                   401 200 200 200 200 200
GET      api/edits                                    401 200 200 200 200 200
POST     api/edits/<uuidstr:edit>/undo                401 404 404 404 404 200
GET      api/photos                                   401 404 200 404 404 200
GET      api/photos/<uuidstr:photo>                   401 404 200 404 404 200
DELETE   api/photos/<uuidstr:photo>                   401 404 404 404 404 200
GET      api/photos/<uuidstr:photo>/comments          401 404 200 404 404 200
POST     api/photos/<uuidstr:photo>/comments          401 404 200 404 404 200
DELETE   api/comments/<uuidstr:comment>               401 404 404 404 404 200
GET      api/shares                                   401 200 200 200 200 200
POST     api/shares                                   401 404 404 404 404 200
DELETE   api/shares/<uuidstr:share>                   401 404 404 404 404 200
GET      api/jobs/<uuidstr:job>                       401 404 404 404 404 200
GET      api/batches                                  401 200 200 200 200 200
POST     api/batches                                  401 200 200 200 200 200
GET      api/batches/<batch>                          401 404 404 404 404 200
POST     api/batches/<batch>/retry                    401 404 404 404 404 200
HEAD     api/batches/<batch>/items/<number>           401 404 404 404 404 200
PUT      api/batches/<batch>/items/<number>           401 404 404 404 404 200
POST     api/imports                                  401 200 200 200 200 200
POST     api/search                                   401 200 200 200 200 200
POST     api/search/<uuidstr:face>                    401 404 404 404 404 200
POST     api/exports                                  401 404 404 404 404 200
GET      api/exports/<uuidstr:job>/file               401 404 404 404 404 200
POST     api/calibration                              401 422 422 422 422 200
GET      api/models                                   401 200 200 200 200 200
POST     api/models                                   401 200 200 200 200 200
DELETE   api/sessions/<number>                        401 404 404 404 404 200
DELETE   api/account                                  401 200 200 200 422 200
"""
ROLES = ("nobody", "other", "guest", "beyond", "admin", "owner")


def lines():
    """Each line as verb, route, and the statuses by role."""
    told = [line.split() for line in TABLE.strip().splitlines() if line and not line.startswith("#")]
    return [
        (verb, "" if route == "<home>" else route, dict(zip(ROLES, map(int, statuses), strict=True)))
        for verb, route, *statuses in told
    ]
