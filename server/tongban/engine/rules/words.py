"""Words for types, built-in names and functions, from which problems and explanations are put together.

They are parameters of the sentences in the text catalogues, so each is there in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

from tongban.engine.model import Text


def _words(rows: str) -> Mapping[str, Text]:
    """One line a word: key | Chinese | English."""
    table = (tuple(part.strip() for part in row.split("|")) for row in rows.strip().splitlines())
    return {key: {"zh": zh, "en": en} for key, zh, en in table}


WORDS = _words("""
    bool | 是否 | yes or no
    int | 整数 | a whole number
    decimal | 小数 | a decimal number
    string | 文字 | text
    date | 日期 | a date
    time | 时刻 | a time of day
    datetime | 日期时间 | a date and time
    list | 清单 | a list
    map | 一组字段 | a group of fields
    any | 类型不明的值 | a value of no known type
    number | 数字 | a number
    moment | 日期或日期时间 | a date or a date and time
    text or list | 文字或清单 | text or a list
""")

JSON_TYPES = _words("""
    object | 一组键和值（花括号） | an object in braces
    array | 清单（方括号） | a list in brackets
    string | 文字（双引号） | text in quotes
    integer | 整数 | a whole number
    number | 数字 | a number
    boolean | true 或 false | true or false
    null | 空值（null） | null
""")

NAMES = _words("""
    today | 今天 | today
    now | 现在 | now
    started_at | 开始办理的时间 | the time of starting
    submitted_at | 提交时间 | the time of submission
    case_id | 办件编号 | the case number
    case_scope | 办件所属地区 | the region of the case
    actor_id | 操作人 | the person acting
    round | 轮次 | the round
""")

VALUES = _words("""
    true | 是 | yes
    false | 否 | no
    unknown | 未知 | unknown
""")

PHRASES = _words("""
    sum | {1}合计 | the total of {1}
    count | 符合条件的行数 | the number of matching rows
    size | {1}的项数 | the number of entries in {1}
    length | {1}的字数 | the length of {1}
    days_between | {1}至{2}的天数 | the days from {1} to {2}
    months_between | {1}至{2}的整月数 | the full months from {1} to {2}
    years_between | {1}至{2}的整年数 | the full years from {1} to {2}
    working_days_between | {1}至{2}的工作日数 | the working days from {1} to {2}
    add_days | {1}之后{2}天 | {2} days after {1}
    add_months | {1}之后{2}个月 | {2} months after {1}
    add_years | {1}之后{2}年 | {2} years after {1}
    add_working_days | {1}之后第{2}个工作日 | {2} working days after {1}
    term_end | 从{1}起{2}个月的最后一天 | the last day of {2} months from {1}
    date | {1}当天 | the day of {1}
    year | {1}的年份 | the year of {1}
    month | {1}的月份 | the month of {1}
    day | {1}的日 | the day of the month of {1}
    weekday | {1}是星期几 | the weekday of {1}
    month_start | {1}所在月的第一天 | the first day of the month of {1}
    month_end | {1}所在月的最后一天 | the last day of the month of {1}
    end_of_day | {1}当天结束时 | the end of {1}
    start_of_day | {1}当天开始时 | the start of {1}
    deadline | 从{1}起的期限 | the time limit from {1}
    div | {1} ÷ {2} | {1} ÷ {2}
    div_up | {1} ÷ {2}（进一） | {1} ÷ {2} rounded up
    min | {all}中最小的 | the least of {all}
    max | {all}中最大的 | the greatest of {all}
    least | {1}中最小的 | the least of {1}
    most | {1}中最大的 | the greatest of {1}
    abs | {1}的绝对值 | the size of {1}
    neg | −{1} | −{1}
    - | {1} − {2} | {1} − {2}
    % | {1} 除以 {2} 的余数 | the remainder of {1} by {2}
    in_state | 处于状态“{1}” | being in the state “{1}”
    outcome_of | “{1}”的结果 | the outcome of “{1}”
    parameter | 参数“{1}” | the parameter “{1}”
    register | 台账“{1}” | the register “{1}”
    listed | 列入台账“{1}” | being listed in “{1}”
    fact_count | 已有办件数 | the number of such cases
    fact_count_other | 其他办件数 | the number of other such cases
    row | 第{1}行的{2} | {2} in row {1}
    of | {1}的{2} | {2} of {1}
    chosen | 按条件取的值 | the value that applies
""")
