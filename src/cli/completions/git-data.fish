# Completion of git-data for fish, and of `git data` beside fish's own completion of git.
# Put it into ~/.config/fish/conf.d: a file of completions is read only when its own command is completed.

function __git_data_found
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    if test "$words[1]" = git
        set -e words[1..(contains --index -- data $words)]
    else
        set -e words[1]
    end
    git-data completions fish -- git-data $words (commandline --current-token) 2>/dev/null
end

function __git_data_asked
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -e words[1]
    # The first word that is no option of git's, nor the value of one.
    set -l value
    for word in $words
        if test -n "$value"
            set value
        else if contains -- $word -C -c
            set value yes
        else if not string match --quiet -- '-*' $word
            test $word = data
            return
        end
    end
    return 1
end

complete --command git-data --keep-order --exclusive --arguments '(__git_data_found)'
complete --command git --condition __git_data_asked --keep-order --exclusive --arguments '(__git_data_found)'
