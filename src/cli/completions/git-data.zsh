#compdef git-data
# Completion of git-data for zsh. zsh's own completion of git calls _git-data for `git data`.
# Put it into a folder of $fpath, under the name _git-data.

_git-data() {
    local -a found folders others
    local each
    found=("${(@f)$(git-data completions zsh -- git-data "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for each in $found; do
        # A folder is not the end of a word.
        if [[ ${each%%:*} == */ ]]; then folders+=("${${each%%:*}%/}"); else others+=("$each"); fi
    done
    [[ -n $folders ]] && _describe -V 'folders' folders -S / -r /
    [[ -n $others ]] && _describe -V 'git data' others
}

# In a file of $fpath this is the body of the function; sourced, it is registered.
if [[ ${funcstack[1]} == _git-data ]]; then _git-data "$@"; else compdef _git-data git-data; fi
