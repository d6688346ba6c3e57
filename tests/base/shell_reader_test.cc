// Where a placeholder may stand in a command, as parse_template says.
#include "base/shell_reader.h"

#include "tests/catch.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::shell_reader_test {
namespace {

/// What is said about `text`; "" if all its placeholders stand well.
std::string problem(std::string_view text) {
  const auto pieces = parse_template(text, TemplateKind::kShell);
  return pieces.ok() ? "" : pieces.error().message;
}

struct Case {
  const char* text;
  const char* why;
};

}  // namespace

TEST_CASE("a bare placeholder is welcome wherever a word is") {
  for (const char* text : {
           "curl ${url} > ${output}",
           "cat <${input} >>${output} 2>&1",
           "x=${a}; y=a${a}b; echo x${a}${b}/y",
           "a ${x}|b ${y}&&c ${z};d ${w}&",
           "(cd ${dir} && make)",
           "{ echo ${a}; }",
           "echo \"quoted\"${a}'quoted'${b}$'\\''${c}\"\"",
           "echo \"$(cat ${a})\"",
           "echo \"$(cat \"x$(cat ${a})\" ${b})\" ${c}",
           "v=$(grep ${a} ${b} | wc -l); echo ${c}",
           "diff <(sort ${a}) >(tee ${b})",
           "cat <<< ${a}",
           "args=(${a} \"b\" ${c}); run \"$${args[@]}\" ${d}",
           "f() { echo ${a}; }; f ${b}",
           "for i in ${a} ${b}; do echo ${c}; done",
           "for ((i = 0; i < 3; i++)); do echo ${c}; done",
           "if [ ${a} = x ]; then echo ${b}; fi",
           "[ ${a} -eq 3 ] && echo ${b}",
           "[[ ${a} == ${b} && -f ${c} ]] || echo ${d}",
           "[[ ( -f ${a} || x < ${b} ) && $x -eq 3 ]]; echo ${c}",
           "[[ $n -eq 3 && ${a} = x ]]",
           "grep -v ${a} -e ${b}",
           "echo \\\\${a} a\\ ${b} \\\n  ${c}",
           "echo a#${a} $#${b} $$ ${c} $? ${d}",
           "echo # a comment with ' and \"\necho ${a}",
           "echo $((1 + (2 * 3))) ${a}",
           "(( x = 1 << 3 )); echo ${a}",
           "echo $[1 << 2] ${a}",
           "echo $((1<<2)) ${a}\n${b}",
           "echo $${x} $${y:-\"a b\"} \"$${z%.csv}\" $${z%'.csv'} ${a}",
           "echo '$${x}' '$${' ${a}",
           "echo `date` ${a}",
           "echo \"`date \\\"x\\\"`\" ${a}",
           "cat <<E\nbody \" ' `\nE\necho ${a}",
           "cat <<-E ${a}\n\tbody\n\tE\necho ${b}",
           "cat <<'E' <<\"F\"\n'\nE\n\"\nF\necho ${a}",
           "cat <<\\E\nfoo \\\nE\necho ${a}",
           "cat <<E\nfoo \\\nE\nbar\nE\necho ${a}",
           "v=$(cat <<E\nit's\nE\n); echo ${a}",
           "case ${a} in x) echo ${b};; (y|z) echo ${c};; esac; echo ${d}",
           "v=$(case $x in a) echo ${a};; *) echo b;; esac) ${b}",
           "echo \"$(case $x in a) echo ${a};; esac) \"${b}",
           "case x in\n  a) : ;;\nesac\necho ${a}",
           "echo case esac [[ ${a}",
           "shopt -s extglob\nls !(a|b) ${a}",
           "echo a{b,${a}} ~/${b}",
           "[[ -v name ]] && echo ${a}",
           "echo file[1-3] ${a} [${b}]",
           "until false; do echo ${a}; done < ${b}",
           "function f { case $1 in a) echo ${a};; esac; }",
           "x=1 y=${a} cmd ${b}",
           "! grep ${a} ${b}",
           "time sort ${a}",
           "",
       }) {
    CAPTURE(text);
    CHECK(problem(text).empty());
  }
}

TEST_CASE("a placeholder that the shell would not read as a word is refused") {
  const Case cases[] = {
      {"echo \"${a}\"", "double quotes"},
      {"echo \"x $y ${a}", "double quotes"},
      {"echo $\"${a}\"", "double quotes"},
      {"echo \"\\\"${a}\"", "double quotes"},
      {"echo \"\\${a}\"", "double quotes"},
      {"echo \"$(date)${a}\"", "double quotes"},
      {"echo \"$(echo \"${a}\")\"", "double quotes"},
      {"echo \"'${a}'\"", "double quotes"},
      {"echo '${a}'", "single quotes"},
      {"echo '\\'${b}'${a}'", "single quotes"},
      {"echo 'a' '\"${a}\"'", "single quotes"},
      {"awk '{ print \"${a}\" }'", "single quotes"},
      {"echo $'${a}'", "$'…'"},
      {"echo $'\\'${a}'", "$'…'"},
      {"echo `cat ${a}`", "backticks"},
      {"echo \"`cat ${a}`\"", "backticks"},
      {"echo `a \\` ${a}`", "backticks"},
      {"cat <<E\n${a}\nE", "here-document"},
      {"cat <<E\nx\n${a}", "here-document"},
      {"cat <<'E'\n${a}\nE", "here-document"},
      {"cat <<-E\n\t${a}\n\tE", "here-document"},
      {"cat <<-E\n\tE\ncat << \"F\"\n ${a}\nF", "here-document"},
      {"cat <<E\n E\n${a}\nE", "here-document"},
      {"cat <<E\n$(echo ${a})\nE", "here-document"},
      {"cat <<A <<B\nA\n${a}\nB\n", "here-document"},
      {"cat <<E\nfoo \\\nE\n${a}\nE", "here-document"},
      {"v=$(cat <<E\n${a}\nE\n)", "here-document"},
      {"cat <<${a}\nx\n", "delimiter"},
      {"cat <<-  x${a}\nx\n", "delimiter"},
      {"cat <<'x${a}'\nx\n", "delimiter"},
      {"echo # ${a}", "comment"},
      {"# ${a}\necho", "comment"},
      {"echo;#${a}", "comment"},
      {"(# ${a}\n)", "comment"},
      {"echo \"$(# ${a}\n)\"", "comment"},
      {"echo $((${a} + 1))", "arithmetic"},
      {"echo $(( (1) + ${a} ))", "arithmetic"},
      {"echo \"$((${a}))\"", "arithmetic"},
      {"((${a} > 3)) && echo", "arithmetic"},
      {"if ((${a})); then :; fi", "arithmetic"},
      {"for ((i = ${a}; ; )); do :; done", "arithmetic"},
      {"echo $[${a}+1]", "arithmetic"},
      {"echo \\${a}", "backslash"},
      {"echo a\\\\\\${a}", "backslash"},
      {"echo $${x:-${a}}", "own ${…}"},
      {"echo \"$${x:-${a}}\"", "own ${…}"},
      {"echo $${x:-$${y:-${a}}}", "own ${…}"},
      {"echo $${x%\"${a}\"}", "double quotes"},
      {"[[ ${a} -eq 3 ]]", "evaluated"},
      {"[[ 3 -lt ${a} ]]", "evaluated"},
      {"[[ -f x && ( 3 -ge x${a} ) ]]", "evaluated"},
      {"[[ -v ${a} ]]", "evaluated"},
      {"list[${a}]=1", "[…]"},
      {"list=([${a}]=1)", "[…]"},
      {"echo \"$${x:-'}\" ${a}", "unclear"},
      {"echo $((a); b) ${a}", "unclear"},
      {"cat <<`x`\n`x`\necho ${a}", "unclear"},
      {"cat <<$(x)\n\nE\necho ${a}", "here-document"},
      {"cat <<E $(\nE\n) ${a}", "unclear"},
      {"v=$(cat <<E\nx\nE)\necho ${a}", "here-document"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    const std::string said = problem(one.text);
    CHECK_THAT(said, ContainsSubstring("${a} is"));
    CHECK_THAT(said, ContainsSubstring(one.why));
  }
}

TEST_CASE("the error says in which line, and the way out") {
  CHECK(problem("echo \"${x}\"") ==
        "${x} is inside double quotes: write it bare, it is one quoted word: \"a \"${x}\" b\"");
  CHECK_THAT(problem("true\necho '${x}'"), ContainsSubstring("in line 2 of the command"));
  CHECK_THAT(problem("cat <<E\n${x}\nE"), ContainsSubstring("v=${x}, then \"$v\""));
}

TEST_CASE("every misplaced placeholder is told, once") {
  const std::string said = problem("echo \"${a} ${b}\" ${c} '${d}'");
  CHECK_THAT(said, ContainsSubstring("${a} is"));
  CHECK_THAT(said, ContainsSubstring("${b} is"));
  CHECK_THAT(said, ContainsSubstring("${d} is"));
  CHECK_THAT(said, !ContainsSubstring("${c} is"));
}

TEST_CASE("deep nesting and long texts are no trouble") {
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "$(";
  CHECK(problem(deep + " ${a}").empty());
  std::string quoted;
  for (int i = 0; i < 50'000; ++i) quoted += "\"$(";
  CHECK_THAT(problem(quoted + "\" ${a}"), ContainsSubstring("double quotes"));
}

}  // namespace moondial::shell_reader_test
