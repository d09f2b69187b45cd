# Completion of git-data for bash, and of `git data` inside git's own completion, which calls _git_data.
# bash-completion finds it by the name git-data, for both; without it source this in ~/.bashrc, after git's.

# The words of the line up to the cursor, of which the first is the program.
__git_data_found() {
    local each word=${!#} before=
    # Readline replaces what stands behind the equals sign.
    if [[ $word == --*=* ]]; then before=${word%%=*}=; fi
    compopt -o nospace 2>/dev/null
    COMPREPLY=()
    while IFS= read -r each; do
        each=${each#"$before"}
        # A folder, or an option that wants a value, is not the end of a word.
        if [[ $each != */ && $each != *= ]]; then each="$each "; fi
        COMPREPLY+=("$each")
    done < <(git-data completions bash -- "$@" 2>/dev/null)
}

__git_data_program() {
    # shellcheck disable=SC2034 # the function of bash-completion fills them
    local cur prev words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    if declare -F _get_comp_words_by_ref >/dev/null; then _get_comp_words_by_ref -n =: cur prev words cword; fi
    __git_data_found "${words[@]:0:cword+1}"
}

_git_data() {
    local data=$((${__git_cmd_idx:-1}))
    __git_data_found git-data "${words[@]:data+1:cword-data}"
}

complete -o bashdefault -o default -F __git_data_program git-data
