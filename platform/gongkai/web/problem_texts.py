"""What every problem code means, in both languages: the pages under ``/problems/``."""

from dataclasses import dataclass

from gongkai.domain.text import Text


@dataclass(frozen=True, slots=True)
class ProblemText:
    """A problem's title, and what it means with what to do."""

    status: int
    title: Text
    meaning: Text


def _text(status: int, zh: str, en: str, zh_meaning: str, en_meaning: str) -> ProblemText:
    return ProblemText(status, Text(zh, en), Text(zh_meaning, en_meaning))


PROBLEMS: dict[str, ProblemText] = {
    "not-found": _text(
        404,
        "没有找到",
        "Not found",
        "这个地址上没有内容，或者内容尚未公开。请核对地址，或从首页、数据集目录重新查找。",
        "There is nothing at this address, or it is not public yet. Check the address, or start "
        "from the home page or the list of datasets.",
    ),
    "withdrawn": _text(
        410,
        "已撤回",
        "Withdrawn",
        "该版本或公告曾经公开，后来被撤回，撤回理由见说明。其他版本不受影响，请在数据集页面查看"
        "当前有效的版本。",
        "This release or notice was public and was then withdrawn, for the reason given. Other "
        "releases are not affected; the dataset’s page shows the current one.",
    ),
    "unauthenticated": _text(
        401,
        "需要身份验证",
        "Authentication needed",
        "此操作需要有效的访问令牌，请在 Authorization 请求头中以 Bearer 方式提供。令牌可能未提供、"
        "已过期或已被吊销。读取公开内容不需要令牌。",
        "This needs a valid token, sent as “Authorization: Bearer …”. It is missing, has expired "
        "or was revoked. Reading what is public needs none.",
    ),
    "forbidden": _text(
        403,
        "没有权限",
        "Not allowed",
        "该账户没有执行此操作的角色，或令牌不含所需的权限范围。请联系本机构的账户管理员。",
        "The account does not hold the role for this, or the token lacks the scope. Ask whoever "
        "keeps your institution’s accounts.",
    ),
    "conflict": _text(
        409,
        "与当前状态冲突",
        "Conflict with the present state",
        "请求本身没有错，但内容在此期间发生了变化。请重新读取后再试。",
        "The request is well formed, but things have changed in the meantime. Read again, then "
        "decide anew.",
    ),
    "version-exists": _text(
        409,
        "版本号已存在",
        "Version exists",
        "已发布的版本不可更改，同一版本号只能使用一次。",
        "A release never changes once published, so its version can be used only once.",
    ),
    "nothing-changed": _text(
        409,
        "内容没有变化",
        "Nothing changed",
        "文件的内容与当前版本完全相同，因此不产生新版本。到期事项如仍以该版本为准，请确认无变化。",
        "The file holds exactly the rows of the current release, so there is nothing to publish. "
        "Where something is due and that release still holds, confirm it.",
    ),
    "acted-already": _text(
        409,
        "同一人不得重复经办",
        "Acted already",
        "同一份草稿的各个环节须由不同的人办理。请由其他有相应角色的人员办理本环节。",
        "Nobody acts in two steps of one draft. Somebody else with the right role must take this "
        "step.",
    ),
    "wrong-state": _text(
        409,
        "当前环节不允许此操作",
        "Wrong state",
        "草稿、时限或整改事项所处的环节不允许此操作，说明中写明了可以做什么。",
        "The draft, obligation or case is in a state that does not allow this; the detail says "
        "what is possible.",
    ),
    "idempotency-key-reused": _text(
        422,
        "幂等键被重复使用",
        "Idempotency-Key reused",
        "同一个 Idempotency-Key 对应了另一个不同的请求。新的请求请使用新的键。",
        "The same Idempotency-Key came with another request. Use a new key for a new request.",
    ),
    "still-running": _text(
        409,
        "前一个请求仍在处理",
        "Still running",
        "使用同一 Idempotency-Key 的第一个请求尚未结束，请按 Retry-After 稍后再试。",
        "The first request with this Idempotency-Key has not finished. Try again after the time "
        "in Retry-After.",
    ),
    "rejected": _text(
        400,
        "请求无法接受",
        "Rejected",
        "请求的内容无法接受，说明中写明了问题所在以及如何修改。",
        "What was sent cannot be taken as it is; the detail says what is wrong and what to do.",
    ),
    "too-large": _text(
        413,
        "内容过大",
        "Too large",
        "上传的内容超过了大小上限。",
        "What was sent is over the size limit.",
    ),
    "release-rejected": _text(
        422,
        "数据尚有问题，不能发布",
        "Release rejected",
        "文件中仍有必须更正的问题。errors 逐条列出所在的行、列和原因，请更正后重新上传。"
        "原有版本保持不变。",
        "The file still has problems that must be mended. “errors” lists each with its row, "
        "column and reason; mend them and send the file again. The previous release stays as it "
        "was.",
    ),
    "findings-undecided": _text(
        422,
        "检查发现尚未逐项处理",
        "Findings undecided",
        "保密审查须对检查发现逐项作出决定：不予通过的项目，写明理由后放行（override）；需要审查的"
        "项目予以确认（accept）；否则将草稿退回。errors 列出了尚未处理或处理不当的项目。",
        "A review decides on everything the checks put to it: what blocks is overridden with a "
        "reason, what is for review is accepted, or the draft is returned. “errors” lists what is "
        "still open or not decided properly.",
    ),
    "plugin-refused": _text(
        400,
        "插件无法加载",
        "Plugin refused",
        "插件不能加载，说明中写明了涉及的插件和处理办法。",
        "A plugin cannot be loaded; the detail names the parties and what to do.",
    ),
    "settings-refused": _text(
        400,
        "设置有误",
        "Settings refused",
        "设置中有未知的键或不合理的值。",
        "A setting is unknown or has a value that makes no sense.",
    ),
    "failure": _text(
        400,
        "请求失败",
        "Failure",
        "请求没有成功，说明中写明了原因。",
        "The request did not succeed; the detail says why.",
    ),
    "unavailable": _text(
        503,
        "暂时不可用",
        "Temporarily unavailable",
        "本站所依赖的某项服务暂时不可用。请按 Retry-After 稍后重试，无需修改请求。",
        "Something this site depends on is down. Send the same request again after the time in "
        "Retry-After.",
    ),
    "store-full": _text(
        507,
        "存储空间不足",
        "Storage is full",
        "服务器没有足够的空间保存文件。已发布的内容不受影响，请联系站点运维人员。",
        "There is no room for the file. What was published stays as it was; tell whoever runs "
        "the site.",
    ),
    "integrity-failed": _text(
        503,
        "文件校验未通过",
        "Integrity check failed",
        "存储的文件与发布时的校验值不一致，因此不予提供。请联系站点运维人员从备份恢复。",
        "The stored bytes no longer have their recorded SHA-256, so they are not served. Tell "
        "whoever runs the site, who can restore them from a backup.",
    ),
    "query-refused": _text(
        400,
        "查询无法执行",
        "Query refused",
        "查询参数中有无法理解之处，errors 逐条列出了参数名称和允许的写法。",
        "The query has parameters that make no sense; “errors” names each and says what is "
        "allowed.",
    ),
    "bad-cursor": _text(
        400,
        "翻页标记无效",
        "Bad cursor",
        "翻页标记属于另一个查询或另一个版本，或已被改动。请去掉 cursor，从第一页重新开始。",
        "The cursor belongs to another query or another release, or was altered. Ask again "
        "without it, from the first page.",
    ),
    "query-too-expensive": _text(
        422,
        "查询开销过大",
        "Query too expensive",
        "查询用尽了允许的时间或内存。请增加筛选条件，或直接下载整个文件。",
        "The query used up its time or memory. Filter by more fields, or download the whole file.",
    ),
    "bad-request": _text(
        400,
        "请求有误",
        "Bad request",
        "服务器无法理解这个请求。",
        "The server could not make sense of this request.",
    ),
    "invalid-json": _text(
        400,
        "JSON 无效",
        "Invalid JSON",
        "请求正文须为 UTF-8 编码的 JSON：不得有重复的键、NaN 或 Infinity、孤立的代理码点、空字符，"
        "嵌套不得超过 32 层。",
        "The body must be JSON in UTF-8, without duplicate keys, NaN or Infinity, lone "
        "surrogates or NUL, at most 32 levels deep.",
    ),
    "invalid-parameter": _text(
        400,
        "参数值无效",
        "Invalid value",
        "某个参数或字段的值不符合要求，errors 中列出了名称和要求。",
        "A parameter or key has a value that does not fit; “errors” names it and says what is "
        "expected.",
    ),
    "unknown-parameter": _text(
        400,
        "未知的参数",
        "Unknown parameter",
        "请求中有此处不存在的参数或字段。为避免笔误被忽略，未知参数一律拒绝；说明中列出了可用的名称。",
        "The request has a parameter or key that does not exist here. Unknown ones are refused, "
        "lest a typo go unseen; the detail lists those that exist.",
    ),
    "unsupported-media-type": _text(
        415,
        "不支持的内容类型",
        "Unsupported media type",
        "此地址不接受这种 Content-Type 的正文。",
        "This address does not read a body of this Content-Type.",
    ),
    "not-acceptable": _text(
        406,
        "没有可接受的格式",
        "Not acceptable",
        "所要求的格式均不提供，说明中列出了可用的格式。",
        "None of the forms asked for is offered; the detail lists those that are.",
    ),
    "method-not-allowed": _text(
        405,
        "不支持的请求方法",
        "Method not allowed",
        "此地址不支持该请求方法，Allow 响应头列出了可用的方法。",
        "This address does not take this method; the Allow header lists those it takes.",
    ),
    "precondition-failed": _text(
        412,
        "前提条件不满足",
        "Precondition failed",
        "请求头 If-Match 或 If-Unmodified-Since 的条件不再成立。",
        "The condition in If-Match or If-Unmodified-Since no longer holds.",
    ),
    "range-not-satisfiable": _text(
        416,
        "请求的范围无效",
        "Range not satisfiable",
        "Range 请求头所指的范围超出了文件，Content-Range 响应头给出了文件大小。",
        "The Range header asks for bytes beyond the file; Content-Range gives its size.",
    ),
    "request-timeout": _text(
        408,
        "请求超时",
        "Request timeout",
        "请求正文没有在规定时间内传完，请重试。",
        "The body did not arrive in time. Try again.",
    ),
    "internal-error": _text(
        500,
        "内部错误",
        "Internal error",
        "服务器发生了未预料的错误，已经记录。反馈时请附上请求编号。",
        "Something unforeseen went wrong and was recorded. Give the request id when you report it.",
    ),
}

# What the codes of werkzeug's own exceptions are called here.
CODE_OF_STATUS: dict[int, str] = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "request-timeout",
    409: "conflict",
    410: "withdrawn",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    422: "rejected",
    500: "internal-error",
    503: "unavailable",
}
