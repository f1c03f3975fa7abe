"""What AWS would refuse of the settings, by part: a sentence per problem, with the key to change."""

PREFIX = "platform_"  # of every key of the settings file
