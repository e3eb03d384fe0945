"""What to say of a file that is no table, is packed, or is in an encoding that is not sure."""

from collections.abc import Mapping

from gongkai.domain.text import Text

FILE_MESSAGES: Mapping[str, Text] = {
    "unsupported-format": Text(
        "这个文件是{seen_zh}，不能作为表格读取；{advice_zh}。",
        "The file is {seen_en} and cannot be read as a table; {advice_en}.",
    ),
    "two-formats": Text(
        "这个文件同时是{seen_zh}，不能确定以哪一个为准，已拒绝；"
        "请从原系统重新导出，只保留一个表格文件。",
        "The file is {seen_en} at once, and which of them counts is not sure; export the table "
        "anew and send that alone.",
    ),
    "macro-workbook": Text(
        "工作簿含有宏（VBA 或 Excel 4.0 宏），已拒绝；请另存为不含宏的 XLSX 后重新上传。",
        "The workbook holds macros (VBA or Excel 4.0); save it as an XLSX without macros and send "
        "that.",
    ),
    "encrypted-workbook": Text(
        "工作簿设有打开密码，已加密，无法读取；请在 Excel 或 WPS 里取消密码后另存，再重新上传。",
        "The workbook is encrypted with a password and cannot be read; take the password off in a "
        "spreadsheet, save it and send it again.",
    ),
    # An archive that holds one file.
    "archive-empty": Text(
        "压缩包里没有文件；请放入要公开的表格，或直接上传表格文件。",
        "The archive holds no file; put the table in, or send the table itself.",
    ),
    "archive-several-files": Text(
        "压缩包里有 {found} 个文件（{names}），不能确定读哪一个；"
        "请只保留要公开的表格，或直接上传表格文件。",
        "The archive holds {found} files ({names}) and which one to read is not sure; leave only "
        "the table in it, or send the table itself.",
    ),
    "archive-nested": Text(
        "压缩包里的“{name}”又是压缩包；请解压后直接上传表格文件。",
        "“{name}” inside the archive is an archive too; unpack it and send the table itself.",
    ),
    "archive-encrypted": Text(
        "压缩包设有密码，无法读取；请用不加密的方式重新压缩，或直接上传表格文件。",
        "The archive is encrypted with a password; pack it without one, or send the table itself.",
    ),
    "archive-unsafe": Text(
        "压缩包的结构不安全（{reason_zh}），已拒绝；请重新压缩，或直接上传表格文件。",
        "The archive is unsafe ({reason_en}) and was refused; pack it anew, or send the table "
        "itself.",
    ),
    "archive-damaged": Text(
        "压缩包已损坏，无法解压（{reason}）；请重新压缩，或直接上传表格文件。",
        "The archive is damaged and cannot be unpacked ({reason}); pack it anew, or send the "
        "table itself.",
    ),
    # The encoding of text.
    "unknown-encoding": Text(
        "无法识别文字编码：第 {utf8_line} 行（第 {utf8_offset} 字节处）的 {utf8_bytes} 不是 UTF-8，"
        "第 {other_line} 行（第 {other_offset} 字节处）的 {other_bytes} 也不是 {encoding}；"
        "请检查该处文字是否残缺，另存为 UTF-8 后重新上传，列有预览的也可对照选择编码。",
        "The text encoding is not known: the bytes {utf8_bytes} at offset {utf8_offset} (line "
        "{utf8_line}) are not UTF-8, and {other_bytes} at offset {other_offset} (line "
        "{other_line}) are not {encoding}; look for damaged text there and save the file as UTF-8, "
        "or choose the encoding where there is a preview.",
    ),
    "broken-encoding": Text(
        "文件按 {encoding} 读取（依据开头的标记、所选的编码或全文的特征），"
        "但第 {line} 行（第 {offset} 字节处）的 {found} 不合该编码；"
        "请检查该处文字是否残缺，或改选编码，或另存为 UTF-8 后重新上传。",
        "The file was read as {encoding}, by its mark, by choice or by the evidence, but the "
        "bytes {found} at offset {offset} (line {line}) are not; look for damaged text there, "
        "choose another encoding, or save the file as UTF-8.",
    ),
    "ambiguous-encoding": Text(
        "文件可按几种编码读出，内容不足以判断是哪一种：{readings}；"
        "请对照预览选择编码后重新提交，或另存为 UTF-8 后重新上传。",
        "The file can be read in several encodings and its content does not decide between "
        "them: {readings}. Choose the encoding by the preview, or save the file as UTF-8.",
    ),
    "unknown-encoding-choice": Text(
        "没有“{value}”这种编码可选；请从下列编码中选择：{choices}。",
        "There is no encoding “{value}” to choose; choose one of {choices}.",
    ),
    "mixed-encodings": Text(
        "文件混用了两种编码：第 {utf8_line} 行是 UTF-8，第 {gb_line} 行不是；"
        "请统一另存为 UTF-8 后重新上传。",
        "The file mixes two encodings: line {utf8_line} is UTF-8 and line {gb_line} is not; "
        "save all of it as UTF-8.",
    ),
    "doubtful-encoding": Text(
        "文件不是 UTF-8；按 {encoding} 读出的文字（如“{sample}”）不像中文，可能是其他编码；"
        "请对照预览选择编码，或另存为 UTF-8 后重新上传。",
        "The file is not UTF-8, and read as {encoding} its text (such as “{sample}”) does not "
        "look like Chinese; choose the encoding by the preview, or save the file as UTF-8.",
    ),
    "nul-byte": Text(
        "第 {line} 行（第 {offset} 字节处）有空字节，也不是 UTF-16，文件可能损坏；"
        "请从原系统重新导出，或另存为 UTF-8 后重新上传。",
        "Line {line} (byte offset {offset}) holds a NUL byte and the file is not UTF-16, so it "
        "is damaged; export it again, or save it as UTF-8.",
    ),
}
