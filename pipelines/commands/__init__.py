"""Commands, as a person types them: arguments, and the module that does the work.

Modules are imported by the command that needs them: Beam alone takes two seconds.
"""
