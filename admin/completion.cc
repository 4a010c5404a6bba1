#include "admin/completion.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mendwork::admin {
namespace {

constexpr char kScript[] = R"(  local word previous path i
  word="${COMP_WORDS[COMP_CWORD]}"
  previous="${COMP_WORDS[COMP_CWORD-1]}"
  path="mendctl"
  for ((i = 1; i < COMP_CWORD; i++)); do
    case " ${groups["$path"]-} " in
      *" ${COMP_WORDS[i]} "*) path="$path ${COMP_WORDS[i]}" ;;
    esac
  done
  local candidates="${choices["$path $previous"]-}"
  if [[ -z $candidates && $word == -* ]]; then
    candidates="${flags["$path"]-} ${flags[mendctl]-}"
  elif [[ -z $candidates && $previous != -* ]]; then
    candidates="${groups["$path"]-}"
  fi
  if [[ -n $candidates ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
  else
    compopt -o default
    COMPREPLY=()
  fi
}
complete -F _mendctl mendctl
)";

std::string Entry(absl::string_view array, absl::string_view key, const std::vector<std::string>& words) {
  return words.empty() ? ""
                       : absl::StrCat("  ", array, "[\"", key, "\"]=\"", absl::StrJoin(words, " "), "\"\n");
}

// The entries of one command or group, and of everything below it; `path` is "mendctl couple list".
std::string Entries(const CommandLine& line, const CLI::App& app, const std::string& path) {
  std::vector<std::string> flags;
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      flags.push_back(absl::StrCat("--", name));
      text += Entry("choices", absl::StrCat(path, " --", name), line.Choices(option));
    }
  }
  text += Entry("flags", path, flags);
  std::vector<std::string> groups;
  for (const CLI::App* subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string& name = subcommand->get_name();
    groups.push_back(name);
    text += Entries(line, *subcommand, absl::StrCat(path, " ", name));
  }
  return text + Entry("groups", path, groups);
}

}  // namespace

std::string BashCompletion(const CommandLine& line) {
  return absl::StrCat("# bash completion of mendctl; load it with: eval \"$(mendctl completion bash)\"\n",
                      "_mendctl() {\n  local -A groups flags choices\n", Entries(line, line.app(), "mendctl"),
                      kScript);
}

}  // namespace mendwork::admin
